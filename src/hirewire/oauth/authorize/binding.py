"""What a code will be bound to: a PKCE challenge, and a proof key."""

import re
from typing import Final

from hirewire.oauth.authorize.asking import Asking
from hirewire.oauth.errors import InvalidRequest

_SHA256: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url, as challenges (RFC 7636, 4.2) and thumbprints (RFC 7638) are."""


def bind_to_a_challenge(x: Asking) -> None:
    """
    Take the PKCE challenge, S256 only.

    A challenge without a method would be `plain` (RFC 7636, section 4.3), which shows the
    verifier to whoever reads the request, and is refused (RFC 9700, section 2.1.1).
    """
    challenge = x.parameters.get("code_challenge")
    method = x.parameters.get("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise InvalidRequest(reason="The parameter code_challenge is missing.")
        return
    if method != "S256":
        raise InvalidRequest(reason="The code_challenge_method is not S256.")
    if not _SHA256.fullmatch(challenge):
        raise InvalidRequest(reason="The code_challenge is not 43 characters of base64url.")
    x.code_challenge = challenge


def bind_to_a_key(x: Asking) -> None:
    """Take the thumbprint of the key that the app will prove (RFC 9449, section 10)."""
    given = x.parameters.get("dpop_jkt")
    if given is None:
        return
    if not _SHA256.fullmatch(given):
        raise InvalidRequest(reason="The dpop_jkt is not 43 characters of base64url.")
    if x.proof_key not in {None, given}:
        raise InvalidRequest(reason="The dpop_jkt is not the key of the DPoP proof.")
    x.proof_key = given
