"""What the log keeps of signing in: ids and digests, never an address."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignedIn(Fact):
    """Someone proved who they are, and a browser is signed in as them."""

    kind: ClassVar[str] = "person.signed_in"

    person_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Fact):
    """A browser is signed in no more: somebody signed out there, or changed the password."""

    kind: ClassVar[str] = "person.session_ended"

    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignInThrottled(Fact):
    """
    Attempts to sign in failed too often, and further ones have to wait; told once a window.

    *limited* is whose attempts were too many: "account", "browser" (one in which the person had
    signed in), "client" or "sign-up"; *key_digest* is the SHA-256 of the e-mail address, of it
    and the browser's name, or of the client's network. *person_id* is whose account was tried,
    None where nobody has the address.
    """

    kind: ClassVar[str] = "person.sign_in_throttled"

    person_id: UUID | None
    limited: str
    key_digest: str
