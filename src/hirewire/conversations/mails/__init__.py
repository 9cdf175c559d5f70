"""Mail to candidates: that something waits for them to be read, and the link to it."""
