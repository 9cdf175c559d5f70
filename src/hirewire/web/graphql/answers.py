"""What goes over the wire: data and errors in the shape that seed 001 shows."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from graphql import GraphQLError

from hirewire.kit.refusals import HirewireError, Kind
from hirewire.web import errors as dialects
from hirewire.web.errors import INTERNAL_MESSAGE
from hirewire.web.graphql.errors import BadValue, MayBeDone, NotBegun
from hirewire.web.graphql.places import bounded

_OWN_CODES: Final = {
    "graphql.bad_request": "BAD_REQUEST",
    "graphql.body_too_large": "BAD_REQUEST",
    "graphql.limit_exceeded": "GRAPHQL_VALIDATION_FAILED",
    "graphql.method_not_allowed": "BAD_REQUEST",
    "graphql.not_json": "BAD_REQUEST",
    "graphql.not_utf8": "BAD_REQUEST",
    "graphql.parse_failed": "GRAPHQL_PARSE_FAILED",
    "graphql.unknown_encoding": "BAD_REQUEST",
    "graphql.validation_failed": "GRAPHQL_VALIDATION_FAILED",
}

Unexpected = Callable[[Exception], None]

_ENCODER: Final = msgspec.json.Encoder()


def encode(
    data: dict[str, Any] | None, errors: Sequence[GraphQLError], unexpected: Unexpected
) -> bytes:
    """Write an answer; whatever is no refusal is handed to *unexpected*, and masked."""
    if not errors:
        return _ENCODER.encode({"data": data})
    spelled = [_spell(error, unexpected) for error in errors]
    return _ENCODER.encode({"errors": spelled, "data": data})


def refuse(refusal: HirewireError) -> bytes:
    """Write the answer to a request that no operation could be run for."""
    entry = {"message": str(refusal), "extensions": _extensions(refusal)}
    return _ENCODER.encode({"errors": [entry], "data": None})


def _spell(error: GraphQLError, unexpected: Unexpected) -> dict[str, Any]:
    refusal = _cause(error)
    if isinstance(refusal, HirewireError) and _is_told(refusal):
        entry: dict[str, Any] = {"message": str(refusal)}
        extensions = _extensions(refusal)
    else:
        unexpected(refusal)
        entry = {"message": INTERNAL_MESSAGE}
        extensions = {
            "code": "INTERNAL_SERVER_ERROR",
            "message": INTERNAL_MESSAGE,
            "logLevel": "ERROR",
            "reason": "internal",
        }
    if error.locations:
        entry["locations"] = [location.formatted for location in error.locations]
    if error.path:
        entry["path"] = error.path
    entry["extensions"] = extensions
    return entry


def _is_told(refusal: HirewireError) -> bool:
    """Tell whether callers learn what it was: faults are masked, the deadline is not."""
    return refusal.kind is not Kind.INTERNAL or isinstance(refusal, MayBeDone | NotBegun)


def _cause(error: GraphQLError) -> Exception:
    """Find what was raised; graphql-core's own refusals of a value become ours."""
    found: Exception = error
    while isinstance(found, GraphQLError) and found.original_error is not None:
        found = found.original_error
    return BadValue(reason=bounded(found.message)) if isinstance(found, GraphQLError) else found


def _extensions(refusal: HirewireError) -> dict[str, object]:
    extensions = dialects.graphql(refusal)
    own = _OWN_CODES.get(refusal.code)
    return extensions if own is None else {**extensions, "code": own}
