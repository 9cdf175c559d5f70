"""Who sees which interviews in the console, and who changes them."""

from dataclasses import dataclass
from uuid import UUID

from hirewire.accounts.model import Employer
from hirewire.console.desk import Visit
from hirewire.console.errors import NoSuchPage
from hirewire.console.interviews.errors import OnlyToRead
from hirewire.interviews.access import READERS, SCOPE, WRITERS
from hirewire.interviews.model import Interview
from hirewire.kit.caller import Caller
from hirewire.runtime.db import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An interview as somebody sees it: *caller* is who they are to the service."""

    interview: Interview
    employer: Employer
    caller: Caller
    may_change: bool

    def check(self) -> None:
        """
        Insist that they may change it.

        Raises:
            OnlyToRead: they may look only.
        """
        if not self.may_change:
            raise OnlyToRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """The employers whose interviews somebody sees, and those they schedule for, by name."""

    read: tuple[Employer, ...]
    written: tuple[Employer, ...]


def caller(visit: Visit, employer_id: UUID | None) -> Caller:
    """Name the visitor to the service, acting for an employer or only for themselves."""
    return Caller(
        app_id="console",
        scopes=frozenset({SCOPE}),
        expires_at=visit.session.expires_at,
        person_id=visit.person.id,
        employer_id=employer_id,
    )


async def sight(visit: Visit, reader: Reader) -> Sight:
    """
    Find the interview that the address names.

    Raises:
        NoSuchPage: there is none, or it is not theirs to see: which, nobody learns.
    """
    desk, person = visit.desk, visit.person
    interview = await desk.interviews.visible(reader, person, visit.id("interview"))
    if interview is None:
        raise NoSuchPage
    employer = await desk.accounts.employer(reader, interview.employer_id)
    if employer is None:
        raise NoSuchPage
    member = await desk.accounts.membership(reader, person.id, employer.id)
    acts = member is not None and member.role in WRITERS
    email = person.verified_email
    return Sight(
        interview=interview,
        employer=employer,
        caller=caller(visit, employer.id if acts else None),
        may_change=acts or (email is not None and interview.is_interviewed_by(email)),
    )


async def calendars(visit: Visit, reader: Reader) -> Calendars:
    """List the employers whose interviews the visitor reads, and schedules."""
    accounts = visit.desk.accounts
    role_of = {
        each.employer_id: each.role
        for each in await accounts.memberships_of(reader, visit.person.id)
        if each.role in READERS
    }
    found = (await accounts.employers_by_id(reader, role_of)).values()
    named = sorted(found, key=lambda each: (each.name.casefold(), each.id))
    written = tuple(each for each in named if role_of[each.id] in WRITERS)
    return Calendars(read=tuple(named), written=written)
