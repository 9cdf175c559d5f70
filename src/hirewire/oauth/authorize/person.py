"""Whom an app expects, and what it wants that person to be asked."""

import re
from typing import Final
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from hirewire.oauth.authorize.asking import Asking
from hirewire.oauth.authorize.parameters import LONGEST_HINT
from hirewire.oauth.authorize.request import Prompt
from hirewire.oauth.errors import InvalidRequest

_RS256: Final = "RS256"
_AGE: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_PROMPTS: Final = frozenset(prompt.value for prompt in Prompt)


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str
    typ: str = "JWT"


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]


def know_the_prompts(x: Asking) -> None:
    """Take what the person is to be asked, of which `none` forbids all else."""
    given = frozenset((x.parameters.get("prompt") or "").split(" ")) - {""}
    if given - _PROMPTS:
        raise InvalidRequest(reason=f"The prompt is none of {', '.join(Prompt)}.")
    x.prompts = frozenset(Prompt(prompt) for prompt in given)
    if Prompt.NONE in x.prompts and len(x.prompts) > 1:
        raise InvalidRequest(reason="The prompt none goes with no other.")


def know_the_age(x: Asking) -> None:
    """Take how long ago the person may have signed in."""
    given = x.parameters.get("max_age")
    if given is None:
        return
    if not _AGE.fullmatch(given):
        raise InvalidRequest(reason="The max_age is not a number of seconds.")
    x.max_age_s = int(given)


def take_the_hints(x: Asking) -> None:
    """Take what the app knows of the person: an address to fill in, and an ID token."""
    x.login_hint = x.parameters.get("login_hint") or ""
    hint = x.parameters.get("id_token_hint", LONGEST_HINT)
    if hint is not None:
        x.hinted_person_id = _person_of(hint, x)


def _person_of(hint: str, x: Asking) -> UUID:
    """
    Say whom an ID token names that we issued to this app; it may have expired (OpenID Connect
    Core, section 3.1.2.1), and must not have been tampered with.
    """
    bad = InvalidRequest(reason="The id_token_hint is not an ID token of this app.")
    try:
        raw_header = urlsafe_b64decode(hint.partition(".")[0].encode())
        header = msgspec.json.decode(raw_header, type=_Header)
        key = x.find_key(header.kid)
        if key is None or (key.algorithm, header.alg, header.typ) != (_RS256, _RS256, "JWT"):
            raise bad
        signed = jws.deserialize_compact(hint, key.key, algorithms=[_RS256])
        claims = msgspec.json.decode(signed.payload, type=_Claims)
        person_id = UUID(claims.sub)
    except (ValueError, RecursionError, JoseError, msgspec.MsgspecError):
        raise bad from None
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != x.issuer or x.app.id not in audience:
        raise bad
    return person_id
