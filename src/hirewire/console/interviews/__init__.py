"""Interviews in the console: the calendar of an employer, and what its people do there."""
