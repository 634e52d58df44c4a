"""A force's system in a box: plays a scenario on a force's topics, for tests and for rehearsals.

It writes bytes, and imports nothing of what reads them, so that it shares no mistake with it.
"""
