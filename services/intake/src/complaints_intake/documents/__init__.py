"""What is on paper that was sent to us: read, and drawn, in a process of its own (S18, S19)."""
