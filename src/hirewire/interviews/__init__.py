"""The Interview API: virtual interviews, their people and their places in time."""
