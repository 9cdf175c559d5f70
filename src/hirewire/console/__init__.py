"""The console: pages where people manage their apps, their grants, and look back."""
