"""Who sees which threads in the console: whoever acts for their employer, as in the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from hirewire.accounts.model import Employer
from hirewire.console.desk import Visit
from hirewire.console.errors import NoSuchPage
from hirewire.conversations.access import READ, WRITE
from hirewire.conversations.errors import NoSuchConversation
from hirewire.conversations.model import Conversation
from hirewire.kit.caller import Caller
from hirewire.runtime.db import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A thread as somebody sees it: *caller* is who they are to the service."""

    conversation: Conversation
    employer: Employer
    caller: Caller


def caller(visit: Visit, employer_id: UUID | None = None) -> Caller:
    """Name the visitor to the service, acting for one employer or for all of theirs."""
    return Caller(
        app_id="console",
        scopes=frozenset({READ, WRITE}),
        expires_at=visit.session.expires_at,
        person_id=visit.person.id,
        employer_id=employer_id,
    )


async def seen(visit: Visit, reader: Reader) -> Seen:
    """
    Find the thread that the address names.

    Raises:
        NoSuchPage: there is none, or it is not theirs to see: which, nobody learns.
    """
    desk, who = visit.desk, caller(visit)
    try:
        found = await desk.conversations.read(reader, who, visit.id("conversation"))
    except NoSuchConversation:
        raise NoSuchPage from None
    employer = await desk.accounts.employer(reader, found.employer_id)
    if employer is None:
        raise NoSuchPage
    return Seen(conversation=found, employer=employer, caller=who)


async def employers(visit: Visit, reader: Reader) -> Sequence[Employer]:
    """List the employers whose threads the visitor sees, by name."""
    found = await visit.desk.accounts.employers_of_person(reader, visit.person.id)
    return sorted(found, key=lambda each: (each.name.casefold(), each.id))
