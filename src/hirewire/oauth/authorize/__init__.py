"""The authorization endpoint, pushed requests, and the pages between an app and a person."""
