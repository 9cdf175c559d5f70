"""The console's pages of threads: what candidates wrote, and what to answer, live."""
