"""The sandbox of `hirewire dev`: a demo world, the clock in hand, the mailbox, the reset."""
