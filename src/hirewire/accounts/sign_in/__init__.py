"""Signing in, up and out: the pages, their throttle, and the browsers they are seen in."""
