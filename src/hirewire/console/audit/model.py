"""What an entry of the audit list is, and which facts become one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import msgspec

from hirewire.accounts.facts import (
    AppChanged,
    AppRegistered,
    AppSecretAdded,
    AppSecretRemoved,
    EmailVerified,
    MemberJoined,
    MemberLeft,
    MemberRoleChanged,
    PasswordChanged,
)
from hirewire.accounts.sign_in.facts import PersonSignedIn, PersonSignInThrottled
from hirewire.kit.facts import Recorded
from hirewire.oauth.facts import (
    CodeReused,
    GrantChanged,
    GrantGiven,
    GrantRevoked,
    RefreshTokenReused,
)

KINDS: Final[tuple[str, ...]] = (
    PersonSignedIn.kind,
    PersonSignInThrottled.kind,
    PasswordChanged.kind,
    EmailVerified.kind,
    GrantGiven.kind,
    GrantChanged.kind,
    GrantRevoked.kind,
    RefreshTokenReused.kind,
    CodeReused.kind,
    AppRegistered.kind,
    AppChanged.kind,
    AppSecretAdded.kind,
    AppSecretRemoved.kind,
    MemberJoined.kind,
    MemberRoleChanged.kind,
    MemberLeft.kind,
)
"""The facts that are kept, in the order in which they are offered as a filter."""

# The rest of a fact is of no use to a reader, and some of it, such as digests, is not theirs.
_DETAILS: Final = ("changed", "limited", "role", "scope", "secret_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One security event, under the id of its fact.

    *person_id* and *employer_id* are whom it concerns, *by_id* is who did it where a person
    did it to something that is not theirs alone.
    """

    id: UUID
    kind: str
    at: datetime
    person_id: UUID | None
    employer_id: UUID | None
    app_id: str | None
    by_id: UUID | None
    details: Mapping[str, object]

    @classmethod
    def of(cls, recorded: Recorded) -> Self | None:
        """Read what *recorded* tells, or None where it concerns nobody whom we know."""
        fact = recorded.fact
        person_id = getattr(fact, "person_id", None)
        if person_id is None and fact.employer_id is None:
            return None
        said = {name: getattr(fact, name, None) for name in _DETAILS}
        return cls(
            id=recorded.id,
            kind=fact.kind,
            at=recorded.at,
            person_id=person_id,
            employer_id=fact.employer_id,
            app_id=getattr(fact, "app_id", None),
            by_id=getattr(fact, "by", None),
            details={
                name: msgspec.to_builtins(value)
                for name, value in said.items()
                if value is not None
            },
        )


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, the newest first, and whether there are older ones."""

    entries: tuple[Entry, ...]
    has_older: bool
