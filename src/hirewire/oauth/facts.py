"""What happens in the authorization server."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued(Fact):
    """An app got an access token; *employer_id* is the employer that it represents."""

    kind: ClassVar[str] = "oauth.token_issued"

    token_id: UUID
    app_id: str
    grant_type: str
    scope: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRotated(Fact):
    """There is a new signing key; whoever keeps keys in memory reads them again."""

    kind: ClassVar[str] = "oauth.keys_rotated"

    key_id: str
    algorithm: str
    signs_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRevoked(Fact):
    """
    Access tokens are good no more whose own id, family or grant is among *ids*.

    The last of them would have expired at *until*.
    """

    kind: ClassVar[str] = "oauth.revoked"

    ids: tuple[UUID, ...]
    until: datetime
