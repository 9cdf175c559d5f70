"""Verification: who signed up shows, by a link in a mail, that the address is theirs."""
