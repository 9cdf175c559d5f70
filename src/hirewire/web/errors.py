"""
One refusal, four spellings: OAuth, GraphQL, ads and live, and the HTTP status of each kind.

A refusal knows none of them (`kit.refusals`). A slice that owns a dialect names its codes
after it, `oauth.invalid_grant` or `ads.date_range_too_long`, and the dialect spells those
by their own name; every other refusal is spelled by its kind.
"""

from collections.abc import Mapping
from dataclasses import fields
from math import ceil
from typing import Final

from hirewire.kit.refusals import HirewireError, Kind

STATUS: Final[Mapping[Kind, int]] = {
    Kind.BAD_INPUT: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}
GRAPHQL_CODE: Final[Mapping[Kind, str]] = {
    Kind.BAD_INPUT: "BAD_USER_INPUT",
    Kind.UNAUTHENTICATED: "UNAUTHENTICATED",
    Kind.FORBIDDEN: "FORBIDDEN",
    Kind.NOT_FOUND: "NOT_FOUND",
    Kind.CONFLICT: "BAD_USER_INPUT",
    Kind.TOO_LARGE: "BAD_USER_INPUT",
    Kind.TOO_MANY: "TOO_MANY_REQUESTS",
    Kind.INTERNAL: "INTERNAL_SERVER_ERROR",
    Kind.UNAVAILABLE: "DOWNSTREAM_SERVICE_ERROR",
}
OAUTH_ERROR: Final[Mapping[Kind, str]] = {
    Kind.BAD_INPUT: "invalid_request",
    Kind.UNAUTHENTICATED: "invalid_token",
    Kind.FORBIDDEN: "access_denied",
    Kind.NOT_FOUND: "invalid_request",
    Kind.CONFLICT: "invalid_request",
    Kind.TOO_LARGE: "invalid_request",
    Kind.TOO_MANY: "temporarily_unavailable",
    Kind.INTERNAL: "server_error",
    Kind.UNAVAILABLE: "temporarily_unavailable",
}
ADS_TYPE: Final[Mapping[Kind, str]] = {
    Kind.BAD_INPUT: "INVALID_REQUEST",
    Kind.UNAUTHENTICATED: "INVALID_TOKEN",
    Kind.FORBIDDEN: "INSUFFICIENT_SCOPE",
    Kind.NOT_FOUND: "RESOURCE_NOT_FOUND",
    Kind.CONFLICT: "INVALID_REQUEST",
    Kind.TOO_LARGE: "INVALID_REQUEST",
    Kind.TOO_MANY: "TOO_MANY_REQUESTS",
    Kind.INTERNAL: "INTERNAL_SERVER_ERROR",
    Kind.UNAVAILABLE: "INTERNAL_SERVER_ERROR",
}
ADS_TYPE_BY_CODE: Final[Mapping[str, str]] = {
    "auth.missing_scope": "INSUFFICIENT_SCOPE",
    "auth.no_employer": "NOT_EMPLOYER_ACCESS_TOKEN",
}
INTERNAL_MESSAGE: Final = "Something went wrong on our side; the request id names it."


def status(error: HirewireError) -> int:
    """Say which HTTP status *error* has where its dialect prescribes no other."""
    return STATUS[error.kind]


def come_back(error: HirewireError) -> dict[str, str]:
    """Say in a header after how long to try again, where that is known."""
    wait_s = getattr(error, "retry_after_s", None)
    return {} if wait_s is None else {"retry-after": str(ceil(wait_s))}


def oauth(error: HirewireError) -> dict[str, str]:
    """Spell *error* as the authorization server does (RFC 6749 section 5.2, seed 001)."""
    own = _own_name(error, "oauth")
    return {"error_description": str(error), "error": own or OAUTH_ERROR[error.kind]}


def graphql(error: HirewireError) -> dict[str, object]:
    """
    Spell *error* as the `extensions` of a GraphQL error.

    Seed 001 shows `code` and `logLevel` there and the message outside, seed 002 shows the
    message inside: callers find it in both places.
    """
    return {
        "code": GRAPHQL_CODE[error.kind],
        "message": str(error),
        "logLevel": "INFO",
        "reason": error.code,
    }


def ads(error: HirewireError) -> dict[str, str]:
    """Spell *error* as one entry of the ads envelope's `meta.errors` (seed 003)."""
    own = _own_name(error, "ads").upper()
    named = own or ADS_TYPE_BY_CODE.get(error.code)
    return {"type": named or ADS_TYPE[error.kind], "description": str(error)}


def ads_envelope(error: HirewireError, root_location: str) -> dict[str, object]:
    """Spell *error* as a whole answer of the Sponsored Jobs API (seed 003)."""
    meta = {
        "status": status(error),
        "errors": [ads(error)],
        "rootLocation": root_location,
        "perPage": None,
        "links": None,
    }
    return {"meta": meta, "data": None}


def live(error: HirewireError) -> dict[str, object]:
    """Spell *error* as the live-subscriptions API does (seed 004)."""
    return {
        "code": error.code,
        "message": str(error),
        "description": (type(error).__doc__ or "").strip().partition("\n")[0],
        "fields": [
            {"name": field.name, "description": str(getattr(error, field.name))}
            for field in fields(error)
        ],
    }


def _own_name(error: HirewireError, dialect: str) -> str:
    """Return the part of the code behind `<dialect>.`, or nothing for a stranger's code."""
    prefix, _, name = error.code.partition(".")
    return name if prefix == dialect else ""
