"""What callers can do with interviews."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hirewire.accounts.service import Accounts
from hirewire.interviews import model, store
from hirewire.interviews.errors import TooManyIds
from hirewire.interviews.facts import InterviewScheduled
from hirewire.interviews.model import (
    Interview,
    Interviewee,
    Interviewer,
    Invited,
    NewInterviewee,
    ScheduleInterview,
)
from hirewire.interviews.search import Page, Search
from hirewire.interviews.store import Listing, Place
from hirewire.kit.caller import Caller, NoEmployer
from hirewire.kit.cursors import BadCursor, Cursor
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

SCOPE: Final = "interviews.schedule"
MOST_IDS: Final = 100
_LOBBY_TOKEN_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Interviews:
    """
    The interview slice's one front door; every API goes through it.

    *past* is how long ago an interview may have started that is scheduled now.
    """

    accounts: Accounts
    entropy: Entropy
    past: timedelta = model.EARLIEST_START

    async def schedule(
        self, uow: UnitOfWork, caller: Caller, command: ScheduleInterview
    ) -> Interview:
        """
        Put an interview on the calendar, and tell whoever listens.

        A person who calls becomes an interviewer (seed 001, "Interview API overview").
        """
        employer_id = caller.employer(SCOPE)
        organizer = await self._organizer(uow, caller)
        valid = model.checked(command, uow.now, past=self.past, organizer=organizer)
        interview = self._interview(uow, employer_id, valid)

        await store.insert(uow, interview)
        uow.tell(_scheduled(interview, caller))
        return interview

    async def get(
        self, reader: Reader, caller: Caller, ids: Sequence[UUID]
    ) -> dict[UUID, Interview]:
        """
        Find those of *ids* that the caller may see.

        The employer's app sees its own; a person also those that they interview in.
        """
        caller.needs(SCOPE)
        if caller.employer_id is None and caller.person_id is None:
            raise NoEmployer
        if len(ids) > MOST_IDS:
            raise TooManyIds(asked=len(ids), limit=MOST_IDS)
        found = await store.by_ids(reader, tuple(dict.fromkeys(ids)))
        if all(each.employer_id == caller.employer_id for each in found.values()):
            return found
        own = {i: each for i, each in found.items() if each.employer_id == caller.employer_id}
        if caller.person_id is None:
            return own
        person = await self.accounts.person(reader, caller.person_id)
        if person is None:
            return own
        return {
            i: each
            for i, each in found.items()
            if i in own or each.is_interviewed_by(person.email)
        }

    async def find(
        self, reader: Reader, caller: Caller, search: Search, now: datetime
    ) -> tuple[Page, Listing]:
        """Read one page of the employer's interviews, and the listing it is a page of."""
        employer_id = caller.employer(SCOPE)
        size = search.checked_size()
        search.check_lists()
        cursor = None if search.after is None else Cursor.read(search.after)
        listing = Listing(
            employer_id=employer_id, now=now, where=search.where, keys=search.keys()
        )
        place = None
        if cursor is not None:
            place = await self._place(reader, listing, cursor)
        found = await listing.page(reader, place, size + 1)
        has_previous = place is not None and await listing.has_any_up_to(reader, place)
        page = Page(
            interviews=tuple(found[:size]),
            place=0 if cursor is None else cursor.index + 1,
            has_next=len(found) > size,
            has_previous=has_previous,
        )
        return page, listing

    async def _place(self, reader: Reader, listing: Listing, cursor: Cursor) -> Place:
        """
        Find the row that *cursor* stands on.

        Raises:
            BadCursor: it stands on none of the employer's.
        """
        place = await store.place_of(reader, cursor.id, listing.employer_id, listing.now)
        if place is None:
            raise BadCursor(cursor=str(cursor))
        return place

    async def _organizer(self, reader: Reader, caller: Caller) -> Invited | None:
        if caller.person_id is None:
            return None
        person = await self.accounts.person(reader, caller.person_id)
        return None if person is None else Invited(email=person.email, name=person.name)

    def _interview(
        self, uow: UnitOfWork, employer_id: UUID, command: ScheduleInterview
    ) -> Interview:
        return Interview(
            id=uow.new_id(),
            employer_id=employer_id,
            title=command.title,
            starts_at=command.starts_at,
            ends_at=command.ends_at,
            zone=command.zone,
            media_type=command.media_type,
            language=command.language,
            country=command.country,
            ats_name=command.ats_name,
            employer_name=command.employer_name,
            lobby_token=self._lobby_token(),
            created_at=uow.now,
            interviewers=tuple(
                Interviewer(uow.new_id(), each.email, each.name)
                for each in command.interviewers
            ),
            interviewee=self._interviewee(uow, command.interviewee),
        )

    def _interviewee(self, uow: UnitOfWork, named: NewInterviewee | None) -> Interviewee | None:
        if named is None:
            return None
        return Interviewee(uow.new_id(), named.name, named.email, self._lobby_token())

    def _lobby_token(self) -> str:
        """Draw a token for one role in one interview, that nobody can guess."""
        drawn = self.entropy.token(_LOBBY_TOKEN_BYTES)
        return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def _scheduled(interview: Interview, caller: Caller) -> InterviewScheduled:
    interviewee = interview.interviewee
    return InterviewScheduled(
        employer_id=interview.employer_id,
        interview_id=interview.id,
        title=interview.title,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        zone=interview.zone,
        media_type=interview.media_type.value,
        language=interview.language,
        country=interview.country,
        ats_name=interview.ats_name,
        employer_name=interview.employer_name,
        interviewers=tuple(each.email for each in interview.interviewers),
        interviewee_name=None if interviewee is None else interviewee.name,
        interviewee_email=None if interviewee is None else interviewee.email,
        app_id=caller.app_id,
        person_id=caller.person_id,
    )
