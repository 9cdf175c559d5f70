"""The token endpoint: one file for each thing that a token request settles."""
