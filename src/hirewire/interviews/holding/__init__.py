"""Which interviews a person holds: an index by address, kept by a listener."""
