"""Ids that are good once: those of client assertions and of DPoP proofs."""
