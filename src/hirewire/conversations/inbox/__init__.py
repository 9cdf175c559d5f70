"""Lists of threads, the newest activity first."""
