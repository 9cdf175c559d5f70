"""Invitations: what people are told of an interview by mail, and their calendar items."""
