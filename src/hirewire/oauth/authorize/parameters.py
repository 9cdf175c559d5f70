"""The parameters of an authorization request, in the URL or in a form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qsl

from hirewire.oauth.errors import InvalidRequest

LARGEST: Final = 16 * 1024
LONGEST_VALUE: Final = 2048
LONGEST_HINT: Final = 8192
MOST_PARAMETERS: Final = 64

KNOWN: Final = frozenset(
    {"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce"}
    | {"code_challenge", "code_challenge_method", "dpop_jkt", "request", "request_uri"}
    | {"prompt", "max_age", "login_hint", "id_token_hint"}
)
"""What we read. Everything else is ignored (RFC 6749, section 3.1): `display`, `ui_locales`,
`claims_locales`, `acr_values`, `claims`, and what nobody knows."""

_BROKEN_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# NUL has no place in a database's text, and half a character none in UTF-8.
_UNCLEAN: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters that we know, each with all its values but the empty ones."""

    values: Mapping[str, tuple[str, ...]] = field(repr=False)

    @classmethod
    def read(cls, encoded: bytes) -> Self:
        """
        Read a query string or the body of a form.

        Raises:
            InvalidRequest: it is too large, or not well-formed.
        """
        if len(encoded) > LARGEST:
            raise InvalidRequest(reason=f"The request is larger than {LARGEST} bytes.")
        found: dict[str, tuple[str, ...]] = {}
        for name, value in _pairs(encoded):
            if name in KNOWN and value:
                found[name] = (*found.get(name, ()), value)
        return cls(found)

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """Take parameters that were read elsewhere, each with one value."""
        return cls({n: (value,) for n, value in given.items() if n in KNOWN and value})

    def get(self, name: str, longest: int = LONGEST_VALUE) -> str | None:
        """
        Take a parameter, or None where it was left out.

        Raises:
            InvalidRequest: it was sent more than once, or is too long.
        """
        given = self.values.get(name, ())
        if len(given) > 1:
            raise InvalidRequest(reason=f"{name} was sent more than once.")
        if given and len(given[0].encode()) > longest:
            raise InvalidRequest(reason=f"{name} is longer than {longest} bytes.")
        return given[0] if given else None

    def needs(self, name: str) -> str:
        """
        Take a parameter that has to be there.

        Raises:
            InvalidRequest: it is not.
        """
        value = self.get(name)
        if value is None:
            raise InvalidRequest(reason=f"The parameter {name} is missing.")
        return value

    def pairs(self) -> list[tuple[str, str]]:
        """List them as they would be sent."""
        return [(name, value) for name, given in self.values.items() for value in given]


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    malformed = InvalidRequest(reason="The parameters are malformed.")
    try:
        text = encoded.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError:
        raise malformed from None
    if _BROKEN_PERCENT.search(text) or any(_UNCLEAN.search(n + value) for n, value in pairs):
        raise malformed
    return pairs
