"""How the endpoints that apps call directly answer: never stored, refused as RFC 6749 says."""

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.responses import Response

from hirewire.kit.refusals import HirewireError, Kind
from hirewire.web import errors
from hirewire.web.answers import JSON, Answer

NO_STORE: Final[Mapping[str, str]] = {"cache-control": "no-store", "pragma": "no-cache"}
METHOD_NOT_ALLOWED: Final = 405

_TOLD: Final = (JSON, (b"cache-control", b"no-store"), (b"pragma", b"no-cache"))

# RFC 9110, section 15.5.2: a 401 names a way to authenticate.
_CHALLENGE: Final[Mapping[str, str]] = {"www-authenticate": 'Basic realm="hirewire"'}
_POST_ONLY: Final[Mapping[str, str]] = {"allow": "POST"}


def answered(answer: object, *, status: int = 200) -> Response:
    """Answer with *answer* as JSON."""
    return Response(msgspec.json.encode(answer), status, NO_STORE, "application/json")


def told(answer: object) -> Answer:
    """Answer with *answer* as JSON, in as few steps as can be."""
    return Answer(200, _TOLD, msgspec.json.encode(answer))


def refused(refusal: HirewireError, *, status: int | None = None) -> Response:
    """Say why not (RFC 6749, section 5.2)."""
    headers = {**NO_STORE, **errors.come_back(refusal)}
    if refusal.kind is Kind.UNAUTHENTICATED:
        headers |= _CHALLENGE
    if status == METHOD_NOT_ALLOWED:
        headers |= _POST_ONLY
    body = msgspec.json.encode(errors.oauth(refusal))
    return Response(body, status or errors.status(refusal), headers, "application/json")
