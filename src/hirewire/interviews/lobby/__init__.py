"""The lobby: where interviewers and interviewee meet, and what is left of their sessions."""
