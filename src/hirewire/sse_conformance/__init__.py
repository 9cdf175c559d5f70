"""A suite that checks a server of event streams from outside, whoever wrote it."""
