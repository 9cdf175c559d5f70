"""
The parameters of a token request, wherever its body keeps them.

The body is a form (RFC 6749, section 3.2). JSON is a leniency for readers of seed 003's table
(contract 5); the content type says which of the two it is, so it is never both.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from hirewire.oauth.errors import InvalidRequest

LARGEST_BODY: Final = 16 * 1024
MOST_PARAMETERS: Final = 64

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_BROKEN_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# NUL has no place in a database's text, and half a character none in UTF-8.
_UNCLEAN: Final = re.compile("[\0\ud800-\udfff]")
_NAMED: Final = frozenset(
    {"client_assertion", "client_assertion_type", "client_id", "client_secret", "code"}
    | {"code_verifier", "employer", "grant_type", "redirect_uri", "refresh_token", "scope"}
    | {"token", "token_type_hint"}
)


def is_json(request: Request) -> bool:
    """Tell whether the body of *request* is read as JSON."""
    return _media_type(request) == _JSON


async def read_parameters(request: Request) -> dict[str, str]:
    """
    Read the parameters of *request*; those without a value count as left out.

    Raises:
        InvalidRequest: they are in the URL, too large, malformed, or said twice.
    """
    if request.scope["query_string"]:
        raise InvalidRequest(
            reason="Parameters do not belong in the query string: send them in the body, as "
            f"{_FORM}."
        )
    is_form = _media_type(request) == _FORM
    _check_encoding(request)
    body = await _body(request)
    if is_form and "%" not in body and body.count("&") < MOST_PARAMETERS:
        return _from_plain_form(body)
    return _checked(_from_form(body) if is_form else _from_json(body))


def _media_type(request: Request) -> str:
    given = [value for name, value in request.scope["headers"] if name == b"content-type"]
    media_type = _spoken(given[0]) if len(given) == 1 else None
    if media_type is None:
        raise InvalidRequest(
            reason=f"The content type of a request to this endpoint is {_FORM}."
        )
    return media_type


def _check_encoding(request: Request) -> None:
    """A body that was compressed would read as malformed, and its sender not know why."""
    for name, value in request.scope["headers"]:
        if name == b"content-encoding" and value.strip().lower() != b"identity":
            raise InvalidRequest(
                reason="The Content-Encoding is none that is read here: send the body as it is."
            )


@lru_cache(maxsize=64)
def _spoken(content_type: bytes) -> str | None:
    """Return the media type if it is one that we read, and in UTF-8."""
    parts = content_type.decode("latin-1").split(";")
    media_type, *parameters = [part.strip().lower() for part in parts]
    is_utf8 = all(part in {"", "charset=utf-8", 'charset="utf-8"'} for part in parameters)
    return media_type if media_type in {_FORM, _JSON} and is_utf8 else None


async def _body(request: Request) -> str:
    body = b""
    has_more = True
    while has_more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise InvalidRequest(reason=f"The body is larger than {LARGEST_BODY} bytes.")
        has_more = message.get("more_body", False)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise _malformed() from None


def _from_plain_form(body: str) -> dict[str, str]:
    """Read a form in which nothing is percent-encoded, as most are: the same, in less time."""
    if _UNCLEAN.search(body):
        raise _malformed()
    found: dict[str, str] = {}
    for piece in body.replace("+", " ").split("&"):
        name, _, value = piece.partition("=")
        if not value:
            continue
        if name in found:
            raise _said_twice(name)
        found[name] = value
    return found


def _from_form(body: str) -> list[tuple[str, str]]:
    if _BROKEN_PERCENT.search(body):
        raise _malformed()
    try:
        return parse_qsl(
            body, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError:
        raise _malformed() from None


def _from_json(body: str) -> list[tuple[str, str]]:
    """Read one flat object; a list of pairs keeps names that are said twice."""
    try:
        found = json.loads(body, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(found, _Pairs) or len(found) > MOST_PARAMETERS:
        raise _malformed()
    if not all(isinstance(value, str) for _, value in found):
        raise InvalidRequest(reason="The parameters of a JSON body are strings.")
    return found


class _Pairs(list[tuple[str, str]]):
    """A JSON object as it was written."""


def _checked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Refuse what no parameter can be, and leave out those without a value."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if not value:
            continue
        if name in found:
            raise _said_twice(name)
        if _UNCLEAN.search(name) or _UNCLEAN.search(value):
            raise _malformed()
        found[name] = value
    return found


def _said_twice(name: str) -> InvalidRequest:
    shown = name if name in _NAMED else "A parameter"
    return InvalidRequest(reason=f"{shown} was sent more than once.")


def _malformed() -> InvalidRequest:
    return InvalidRequest(reason="The body is malformed.")
