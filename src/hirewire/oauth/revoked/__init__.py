"""
Revocations: ids of tokens, families and grants whose access tokens are good no more.

`revoke` puts them on record, `Revoked` keeps them in memory for whoever verifies tokens.
"""

from hirewire.oauth.revoked.memory import Revoked
from hirewire.oauth.revoked.service import prune_revocations, revoke

__all__ = ["Revoked", "prune_revocations", "revoke"]
