"""The outside world behind small seams: database, log, bus, tasks."""
