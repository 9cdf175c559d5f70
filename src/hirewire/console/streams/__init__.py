"""The console's page of live streams: how many there are, how they fare, and why they end."""
