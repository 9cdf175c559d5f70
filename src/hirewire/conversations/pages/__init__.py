"""Pages of threads: what the candidate sees by link, and what every page of threads shares."""
