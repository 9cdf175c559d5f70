"""Conversations: threads and messages between employers and candidates."""
