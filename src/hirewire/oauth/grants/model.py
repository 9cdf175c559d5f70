"""What a person's consent is: grants, families, and what is known of a code or a token."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from joserfc.util import urlsafe_b64encode

from hirewire.accounts.model import App
from hirewire.oauth.errors import GrantFault

_VERIFIER: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


class Because(StrEnum):
    """
    Why a family gives no more tokens.

    A family that was superseded keeps the access tokens that it has; any other revocation
    takes those too.
    """

    SUPERSEDED = "superseded"
    CODE_REUSED = "code_reused"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a reason's name
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a reason's name
    GRANT_REVOKED = "grant_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPolicy:
    """
    How long codes and refresh tokens last.

    A refresh token that was rotated away is answered with its successor again for
    *refresh_grace*, so that a caller who lost the answer can ask once more.
    """

    code_lifetime: timedelta = timedelta(minutes=10)
    refresh_lifetime: timedelta = timedelta(days=60)
    refresh_grace: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """
    What a person allows an app, in the scopes that they saw and ticked.

    *refused* are those that they saw and did not tick. *used_at* is when the app was last given
    a code or a token on it, None before the first.
    """

    id: UUID
    person_id: UUID
    app_id: str
    scopes: frozenset[str]
    granted_at: datetime
    changed_at: datetime
    used_at: datetime | None = None
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """
    Ask for a code: who allowed which app what, and what the code is bound to.

    *scopes* are those of this authorization, out of those of the grant. *picked_employer_id*
    is the employer that the person picked. *proof_key* is the `dpop_jkt` of the request.
    """

    person_id: UUID
    app: App
    grant_id: UUID
    scopes: frozenset[str]
    redirect_uri: str
    nonce: str | None
    code_challenge: str | None
    authenticated_at: datetime
    picked_employer_id: UUID | None
    proof_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """
    Everything that came from one authorization, as its tokens speak of it.

    *employer_id* is the employer that its last token represents. *proof_key* is the
    thumbprint of the key that its tokens were first bound to.
    """

    id: UUID
    grant_id: UUID
    person_id: UUID
    app_id: str
    scopes: frozenset[str]
    picked_employer_id: UUID | None
    employer_id: UUID | None
    authenticated_at: datetime
    proof_key: str | None
    nonce: str | None
    revoked_because: Because | None

    @property
    def is_dead(self) -> bool:
        """Tell whether its access tokens are revoked, too."""
        return self.revoked_because not in {None, Because.SUPERSEDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """A code as it stands, and what it is bound to; *grant_scopes* as in `Standing`."""

    family: Family
    redirect_uri: str
    code_challenge: str | None
    expires_at: datetime
    redeemed_at: datetime | None
    grant_scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    A family as it stands: the digest of its refresh token, if it has one, and its expiry.

    *grant_scopes* is what the person allows now, None once they took the grant back.
    """

    family: Family
    refresh_digest: bytes | None = field(repr=False)
    expires_at: datetime | None
    grant_scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """A refresh token that was rotated away; its successor is sealed, and forgotten later."""

    consumed_at: datetime
    sealed_successor: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token that is good now: what introspection tells of it."""

    family: Family
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A code or a refresh token is not good; what followed from that is to be committed."""

    fault: GrantFault


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A code was good; there is a refresh token where `offline_access` was granted."""

    family: Family
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A refresh token was good, and this is the one to use next; *family* has its scopes."""

    family: Family
    refresh_token: str = field(repr=False)


Tokens: TypeAlias = Redeemed | Refreshed


def answers_challenge(challenge: str, verifier: str) -> bool:
    """Tell whether *verifier* is the one of an S256 *challenge* (RFC 7636, section 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    hashed = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(hashed, challenge.encode())
