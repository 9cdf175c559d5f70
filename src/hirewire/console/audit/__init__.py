"""The audit list: security events, kept from the log for those whom they concern."""
