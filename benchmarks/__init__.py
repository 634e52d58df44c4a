"""What the system is compared with, on the same servers, for the same work.

`python -m benchmarks.contest CONTESTANT` runs one of them; see there.
"""
