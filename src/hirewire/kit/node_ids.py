"""
Node ids: the opaque ids that the GraphQL APIs hand out (contract 2, 3.1 and 8).

We mint the padded base64 of `iri://<host>/<Type>/<uuid>`, and read that, the same without
padding, `urn:<host>:<type>:<uuid>` in base64, and the bare UUID.
"""

import re
from base64 import b64decode
from binascii import Error as BadBase64
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from msgspec import MsgspecError, convert, to_builtins

from hirewire.kit.refusals import HirewireError, Kind

_LONGEST: Final = 300
_UUID_LENGTH: Final = 36
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IRI: Final = re.compile(r"iri://[^/]+/(?P<type>[A-Za-z]+)/(?P<id>[^/]+)")
_URN: Final = re.compile(r"urn:[^:]+:(?P<type>[A-Za-z]+):(?P<id>[^:]+)")


@dataclass(eq=False)
class BadNodeId(HirewireError):
    """An id is none that we mint or understand."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "ids.bad_node_id"

    id: str
    expected_type: str

    def __str__(self) -> str:
        return f"'{self.id}' is not the id of a {self.expected_type}."


@dataclass(frozen=True, slots=True)
class NodeIds:
    """Mints node ids that name *host*, and reads those of any host."""

    host: str

    def mint(self, type_name: str, id: UUID) -> str:
        """Spell *id* as an opaque node id of *type_name*."""
        plain = f"iri://{self.host}/{type_name}/{to_builtins(id)}"
        return b2a_base64(plain.encode(), newline=False).decode()

    def read(self, type_name: str, text: str) -> UUID:
        """
        Find the UUID in *text*.

        Raises:
            BadNodeId: *text* is malformed or names another type.
        """
        found = (
            self._minted_uuid(type_name, text)
            or _bare_uuid(text)
            or _wrapped_uuid(type_name, text)
        )
        if found is None:
            raise BadNodeId(id=text[:_LONGEST], expected_type=type_name)
        return found

    def _minted_uuid(self, type_name: str, text: str) -> UUID | None:
        """Read what we minted ourselves: minted again, it is the same."""
        try:
            found = convert(a2b_base64(text)[-_UUID_LENGTH:].decode("ascii"), UUID)
        except (ValueError, MsgspecError):
            return None
        return found if self.mint(type_name, found) == text else None


def _bare_uuid(text: str) -> UUID | None:
    return UUID(text) if _UUID.fullmatch(text) else None


def _wrapped_uuid(type_name: str, text: str) -> UUID | None:
    if len(text) > _LONGEST:
        return None
    try:
        plain = b64decode(text + "=" * (-len(text) % 4), validate=True).decode("ascii")
    except (BadBase64, ValueError):
        return None
    match = _IRI.fullmatch(plain) or _URN.fullmatch(plain)
    if match is None or match["type"].lower() != type_name.lower():
        return None
    return _bare_uuid(match["id"])
