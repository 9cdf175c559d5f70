"""Which web pages may read an answer, and how they learn it (the Fetch standard, 3.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from starlette.responses import Response

from hirewire.kit.refusals import HirewireError, Kind

VARY: Final = {"vary": "Origin"}

_LONGEST_ECHO: Final = 100
_EXPOSED: Final = {
    "access-control-expose-headers": "Retry-After, WWW-Authenticate, X-Request-Id"
}


@dataclass(eq=False)
class UntrustedOrigin(HirewireError):
    """A page of a domain that the app does not trust asks for something."""

    kind: ClassVar[Kind] = Kind.FORBIDDEN
    code: ClassVar[str] = "web.untrusted_origin"

    origin: str

    def __post_init__(self) -> None:
        self.origin = self.origin[:_LONGEST_ECHO]

    def __str__(self) -> str:
        return f"'{self.origin}' is not a trusted domain of the app."


def shared_with(origin: str | None) -> Mapping[str, str]:
    """Let pages of *origin*, which the app trusts, read the answer; None for nobody."""
    if origin is None:
        return VARY
    return VARY | {"access-control-allow-origin": origin} | _EXPOSED


def is_own(origin: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether *origin* is the server's that is asked, with or without TLS before it."""
    host = next((value for name, value in headers if name == b"host"), b"").lower()
    return origin.lower() in {b"http://" + host, b"https://" + host}


def raw(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Spell *headers* as they go over the wire."""
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers.items()
    )


@dataclass(frozen=True, slots=True)
class Preflights:
    """What is told about an endpoint: its *methods*, and the request *headers* it reads."""

    methods: str
    headers: str

    @property
    def allowed(self) -> str:
        """The methods that there are, for whoever asks with another."""
        return f"{self.methods}, OPTIONS"

    def answer(self, origin: str | None) -> Response:
        """Tell *origin*, which somebody trusts, how to ask; None is just curious."""
        if origin is None:
            return Response(status_code=204, headers=VARY | {"allow": self.allowed})
        told = {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": self.methods,
            "access-control-allow-headers": self.headers,
            "access-control-max-age": "600",
        }
        return Response(status_code=204, headers=VARY | told)
