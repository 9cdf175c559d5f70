"""What happens to accounts; addresses and names stay out of the log, ids lead to them."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from hirewire.kit.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRegistered(Fact):
    """Someone can be known from now on."""

    kind: ClassVar[str] = "person.registered"

    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailVerified(Fact):
    """Someone's address is known to be theirs from now on."""

    kind: ClassVar[str] = "person.email_verified"

    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Fact):
    """Someone signs in with another password from now on."""

    kind: ClassVar[str] = "person.password_changed"

    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerOpened(Fact):
    """An employer has an account."""

    kind: ClassVar[str] = "employer.opened"

    master_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerModerated(Fact):
    """An employer was restricted, or is no more."""

    kind: ClassVar[str] = "employer.moderated"

    moderation_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Fact):
    """A person acts for an employer; *by* is who saw to it, None on the command line."""

    kind: ClassVar[str] = "employer.member_joined"

    person_id: UUID
    role: str
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleChanged(Fact):
    """A person acts for an employer in another role."""

    kind: ClassVar[str] = "employer.member_role_changed"

    person_id: UUID
    role: str
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(Fact):
    """A person acts for an employer no more."""

    kind: ClassVar[str] = "employer.member_left"

    person_id: UUID
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRegistered(Fact):
    """An app can ask for tokens; *by* is the person who saw to it, None on the command line."""

    kind: ClassVar[str] = "app.registered"

    app_id: str
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChanged(Fact):
    """An app's terms are others; *changed* names which."""

    kind: ClassVar[str] = "app.changed"

    app_id: str
    changed: tuple[str, ...] = ()
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSecretAdded(Fact):
    """An app has one secret more."""

    kind: ClassVar[str] = "app.secret_added"

    app_id: str
    secret_id: UUID
    by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSecretRemoved(Fact):
    """One of an app's secrets opens nothing any more."""

    kind: ClassVar[str] = "app.secret_removed"

    app_id: str
    secret_id: UUID
    by: UUID | None = None
