"""
SQLite behind the database seam: one writer with group commit, and readers beside it.

Statements run in the event loop's thread: one costs less than handing it to another thread.
Units of work queue for the writer, each under a savepoint of its own, and share a COMMIT,
which waits for the disk in a helper thread while the next group gathers (decision 0001).
"""
