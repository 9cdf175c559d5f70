"""
Why the authorization server refuses.

The code behind `oauth.` is the `error` of RFC 6749, section 5.2; the sentence is its
`error_description`, and keeps to the characters that the RFC allows there.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from hirewire.kit.refusals import HirewireError, Kind


class GrantFault(StrEnum):
    """What is wrong with an app or a grant: for us and the log, never for the caller."""

    UNKNOWN_APP_OR_SECRET = "unknown_app_or_secret"  # noqa: S105 - a fault's name
    NO_AUTHENTICATION = "no_authentication"
    GRANT_TYPE_NOT_ALLOWED = "grant_type_not_allowed"
    UNKNOWN_CODE = "unknown_code"
    OTHER_APPS_CODE = "other_apps_code"
    EXPIRED_CODE = "expired_code"
    USED_CODE = "used_code"
    OTHER_REDIRECT_URI = "other_redirect_uri"
    MISSING_VERIFIER = "missing_verifier"
    WRONG_VERIFIER = "wrong_verifier"
    MISSING_CHALLENGE = "missing_challenge"
    UNKNOWN_REFRESH_TOKEN = "unknown_refresh_token"  # noqa: S105 - a fault's name
    OTHER_APPS_REFRESH_TOKEN = "other_apps_refresh_token"  # noqa: S105 - a fault's name
    EXPIRED_REFRESH_TOKEN = "expired_refresh_token"  # noqa: S105 - a fault's name
    REUSED_REFRESH_TOKEN = "reused_refresh_token"  # noqa: S105 - a fault's name
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    OTHER_PROOF_KEY = "other_proof_key"


@dataclass(eq=False)
class InvalidGrant(HirewireError):
    """
    Credentials, code or refresh token are wrong; which of them, the caller never learns.

    *client_id* is who failed to authenticate, None where that is not what went wrong.
    """

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.invalid_grant"

    fault: StrEnum
    client_id: str | None = None

    def __str__(self) -> str:
        return "Invalid grant"


@dataclass(eq=False)
class InvalidClient(HirewireError):
    """An app that is refused as the RFCs word it has not proven who it is."""

    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED
    code: ClassVar[str] = "oauth.invalid_client"

    fault: StrEnum
    client_id: str | None = None

    def __str__(self) -> str:
        return "The app did not authenticate, or not as itself."


@dataclass(eq=False)
class UnauthorizedClient(HirewireError):
    """An app that is refused as the RFCs word it uses a grant type that it is not allowed."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.unauthorized_client"

    fault: StrEnum

    def __str__(self) -> str:
        return "The app is not allowed this grant type."


@dataclass(eq=False)
class UnknownGrant(HirewireError):
    """A person named a grant that is not theirs, or not one any more."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "grants.unknown"

    grant_id: UUID

    def __str__(self) -> str:
        return f"There is no grant {self.grant_id}."


@dataclass(eq=False)
class InvalidRequest(HirewireError):
    """A parameter is missing, misplaced, said twice, or means nothing."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.invalid_request"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class InvalidScope(HirewireError):
    """A scope is unknown, or not this app's to have."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.invalid_scope"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class UnsupportedGrantType(HirewireError):
    """A grant type is none that we speak."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "oauth.unsupported_grant_type"

    supported: tuple[str, ...]

    def __str__(self) -> str:
        return f"The grant_type is none of {', '.join(self.supported)}."


@dataclass(eq=False)
class WeakKeysSecret(HirewireError):
    """The setting that seals the signing keys is too short to keep anything."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "keys.weak_secret"

    shortest: int

    def __str__(self) -> str:
        return (
            f"The secret that seals the signing keys needs {self.shortest} characters or more."
        )


@dataclass(eq=False)
class SealedOtherwise(HirewireError):
    """A signing key in the database was sealed with another secret, or was changed."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "keys.sealed_otherwise"

    key_id: str

    def __str__(self) -> str:
        return (
            f"The signing key {self.key_id} cannot be opened: it was sealed with another "
            "secret than the one in the settings."
        )


@dataclass(eq=False)
class NoSigningKey(HirewireError):
    """There is no key to sign with yet."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "keys.none"

    algorithm: str

    def __str__(self) -> str:
        return f"There is no {self.algorithm} key to sign with."
