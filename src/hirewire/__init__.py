"""A self-hosted hiring platform that speaks the partner APIs of the job market."""
