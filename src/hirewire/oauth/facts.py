"""What happens in the authorization server."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued(Fact):
    """
    An app got an access token; *employer_id* is the employer that it represents.

    *person_id* is the person whom it acts for, None for a token of its own.
    """

    kind: ClassVar[str] = "oauth.token_issued"

    token_id: UUID
    app_id: str
    person_id: UUID | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantGiven(Fact):
    """A person allowed an app something for the first time."""

    kind: ClassVar[str] = "oauth.grant_given"

    grant_id: UUID
    person_id: UUID
    app_id: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantChanged(Fact):
    """A person allows an app more, or less, than before: now *scope*."""

    kind: ClassVar[str] = "oauth.grant_changed"

    grant_id: UUID
    person_id: UUID
    app_id: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(Fact):
    """A person took back what they allowed an app; all its tokens are good no more."""

    kind: ClassVar[str] = "oauth.grant_revoked"

    grant_id: UUID
    person_id: UUID
    app_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeReused(Fact):
    """A code was sent a second time, so all that came from it is good no more."""

    kind: ClassVar[str] = "oauth.code_reused"

    family_id: UUID
    person_id: UUID
    app_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(Fact):
    """A refresh token was sent long after it was rotated away, so its family is revoked."""

    kind: ClassVar[str] = "oauth.refresh_token_reused"

    family_id: UUID
    person_id: UUID
    app_id: str
