"""Server-sent event streams: frames, the hub that writes them, and how a stream opens."""
