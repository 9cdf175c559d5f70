"""An authorization request, once its parameters mean something."""

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

OPENID: Final = "openid"


class Prompt(StrEnum):
    """What the app wants the person to be asked (OpenID Connect Core, 3.1.2.1; seed 001)."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_EMPLOYER = "select_employer"


class AuthorizationRequest(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """
    What an app asks of a person, as it is kept until the person has answered.

    *hinted_person_id* is whom the ID token hint names; *proof_key* the thumbprint of the key
    that the code will be bound to. *pushed_as* is the digest of the request URI that a pushed
    request is used up by; None for one that the person's browser brought.
    """

    app_id: str
    redirect_uri: str
    scopes: frozenset[str]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompts: frozenset[Prompt] = frozenset()
    max_age_s: int | None = None
    login_hint: str = ""
    hinted_person_id: UUID | None = None
    proof_key: str | None = None
    pushed_as: bytes | None = None

    def encode(self) -> str:
        """Write it as JSON."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> "AuthorizationRequest":
        """Read what `encode` wrote."""
        return msgspec.json.decode(text, type=cls)
