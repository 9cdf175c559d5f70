"""The authorization server: tokens for apps, and the keys that they are signed with."""
