"""Why the GraphQL endpoint refuses a request before any resolver sees it."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NotGraphQL(HirewireError):
    """A request body is not what GraphQL over HTTP asks for."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.bad_request"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class MethodNotAllowed(HirewireError):
    """The endpoint was called with another method than POST (seed 001, "Before you start")."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.method_not_allowed"

    method: str

    def __str__(self) -> str:
        return f"Use the POST method for all queries and mutations, not {self.method}."


@dataclass(eq=False)
class NotJson(HirewireError):
    """A request body is declared as something else than JSON."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.not_json"

    content_type: str

    def __str__(self) -> str:
        got = f"'{self.content_type}'" if self.content_type else "none"
        return f"The Content-Type of a request must be application/json, got {got}."


@dataclass(eq=False)
class NotUtf8(HirewireError):
    """A request body is declared to be of another charset than UTF-8 (RFC 8259, 8.1)."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.not_utf8"

    charset: str

    def __str__(self) -> str:
        return f"JSON is UTF-8: the charset '{self.charset}' is not taken."


@dataclass(eq=False)
class UnknownEncoding(HirewireError):
    """A request body is compressed (RFC 9110, section 8.4), which this endpoint cannot undo."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.unknown_encoding"

    encoding: str

    def __str__(self) -> str:
        return f"The Content-Encoding '{self.encoding}' is not taken: send the body as it is."


@dataclass(eq=False)
class BodyTooLarge(HirewireError):
    """A request body is over the limit."""

    kind: ClassVar[Kind] = Kind.TOO_LARGE
    code: ClassVar[str] = "graphql.body_too_large"

    limit: int

    def __str__(self) -> str:
        return f"A request body takes at most {self.limit} bytes."


@dataclass(eq=False)
class ParseFailed(HirewireError):
    """A document is not GraphQL."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.parse_failed"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class ValidationFailed(HirewireError):
    """A document asks for what the schema does not have, or holds a literal of another type."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.validation_failed"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class LimitExceeded(HirewireError):
    """A document asks for more than one request may."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.limit_exceeded"

    measure: str
    found: int
    limit: int

    def __str__(self) -> str:
        return f"A document may have at most {self.limit} {self.measure}, got {self.found}."


@dataclass(eq=False)
class UnknownOperation(HirewireError):
    """A request does not say, or says wrongly, which operation of its document to run."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.unknown_operation"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class BadValue(HirewireError):
    """
    A variable is not of its type, or a literal is none of a scalar's or an enum's values.

    A literal of another type altogether makes the document invalid (`ValidationFailed`).
    """

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "graphql.bad_value"

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class DeadlinePassed(HirewireError):
    """An operation took longer than one may."""

    kind: ClassVar[Kind] = Kind.INTERNAL
    code: ClassVar[str] = "graphql.deadline_passed"

    seconds: float

    def __str__(self) -> str:
        return f"The operation took longer than {self.seconds:g} seconds. Try it again."


@dataclass(eq=False)
class MayBeDone(HirewireError):
    """A mutation took longer than one may, and was cut short in the middle of this field."""

    kind: ClassVar[Kind] = Kind.INTERNAL
    code: ClassVar[str] = "graphql.may_be_done"

    seconds: float

    def __str__(self) -> str:
        return (
            f"The operation took longer than {self.seconds:g} seconds. This may have been "
            "done: repeat it only with the idempotencyKey that it had, or look first."
        )


@dataclass(eq=False)
class NotBegun(HirewireError):
    """A mutation took longer than one may, and was cut short before this field."""

    kind: ClassVar[Kind] = Kind.INTERNAL
    code: ClassVar[str] = "graphql.not_begun"

    seconds: float

    def __str__(self) -> str:
        return f"The operation took longer than {self.seconds:g} seconds. This was not begun."
