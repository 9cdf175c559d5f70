"""The people of a thread: who takes part, and how far everybody has read."""
