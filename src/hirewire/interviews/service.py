"""What callers can do with interviews."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hirewire.accounts.addresses import email_key
from hirewire.accounts.model import Person
from hirewire.accounts.service import Accounts
from hirewire.interviews import changes, model, moves, store
from hirewire.interviews.access import READERS, SCOPE, WRITERS, Access, check_caller
from hirewire.interviews.changes import (
    AddInterviewee,
    AddInterviewers,
    RescheduleInterview,
    SetTitle,
    SetZone,
)
from hirewire.interviews.errors import NotYourInterview, RoleMayNot, TooManyIds
from hirewire.interviews.facts import (
    InterviewCanceled,
    IntervieweeAdded,
    InterviewersAdded,
    InterviewRescheduled,
    InterviewTitleChanged,
    InterviewZoneChanged,
    of_change,
    of_schedule,
)
from hirewire.interviews.holding.store import Held
from hirewire.interviews.holding.store import page as held
from hirewire.interviews.listing.store import Listing, Place, place_of
from hirewire.interviews.lobby.ends import moved
from hirewire.interviews.lobby.store import records_of
from hirewire.interviews.model import (
    Interview,
    Interviewee,
    Interviewer,
    Invited,
    NewInterviewee,
    Record,
    ScheduleInterview,
    Times,
)
from hirewire.interviews.search import Page, Search
from hirewire.kit.caller import Caller
from hirewire.kit.cursors import BadCursor, Cursor
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

__all__ = ["MOST_IDS", "READERS", "SCOPE", "Interviews"]

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

    @property
    def access(self) -> Access:
        """Who may see and change which interviews."""
        return Access(self.accounts)

    async def schedule(
        self, uow: UnitOfWork, caller: Caller, command: ScheduleInterview
    ) -> Interview:
        """
        Put an interview on the calendar, and tell whoever listens.

        A person who calls becomes an interviewer (seed 001, "Interview API overview").

        Raises:
            MissingScope, NoEmployer, EmployerLost, RoleMayNot: the caller may not.
            HirewireError: it cannot be scheduled so; see `model.checked`.
        """
        await self.access.employer(uow, caller, WRITERS)
        organizer = await self._organizer(uow, caller)
        valid = model.checked(command, uow.now, past=self.past, organizer=organizer)
        interview = self._interview(uow, caller.employer(SCOPE), valid)

        await store.insert(uow, interview)
        moves.plan(uow, interview)
        uow.tell(of_schedule(interview, caller))
        return interview

    async def reschedule(
        self, uow: UnitOfWork, caller: Caller, command: RescheduleInterview
    ) -> Interview:
        """
        Move an interview to another time; one that is over takes place again.

        Raises:
            NotYourInterview, RoleMayNot, IsCanceled: they may not, or it is canceled.
            EndsBeforeStart, TooLong, StartsTooLongAgo, StartsTooFarAhead: it cannot be then.
        """
        old = await self._changing(uow, caller, command.id)
        times = Times.checked(command.starts_at, command.ends_at, uow.now, self.past)
        new = changes.rescheduled(old, times, uow.now)
        if new is old:
            return old
        await store.save(uow, new)
        await moves.replan(uow, new)
        await moved(uow, old, new)
        uow.tell(
            InterviewRescheduled(
                starts_at=new.starts_at, ends_at=new.ends_at, **of_change(new, caller)
            )
        )
        return new

    async def add_interviewers(
        self, uow: UnitOfWork, caller: Caller, command: AddInterviewers
    ) -> Interview:
        """
        Have more people interview; who does already is passed over.

        Raises:
            NotYourInterview, RoleMayNot, IsCanceled: they may not, or it is canceled.
            BadEmail, NoInterviewers, TooManyInterviewers, OnBothSides: they cannot be added.
        """
        old = await self._changing(uow, caller, command.id)
        asked = changes.newcomers(old, command.interviewers)
        added = tuple(Interviewer(uow.new_id(), each.email, each.name) for each in asked)
        new = changes.with_interviewers(old, added, uow.now)
        if new is old:
            return old
        await store.save(uow, new)
        ids = tuple(each.id for each in added)
        uow.tell(InterviewersAdded(added=ids, **of_change(new, caller)))
        return new

    async def add_interviewee(
        self, uow: UnitOfWork, caller: Caller, command: AddInterviewee
    ) -> Interview:
        """
        Name the candidate of an interview that has none.

        Raises:
            NotYourInterview, RoleMayNot, IsCanceled: they may not, or it is canceled.
            BadText, BadEmail: the name or the address is none.
            HasInterviewee, OnBothSides: it has one, or they interview.
        """
        old = await self._changing(uow, caller, command.id)
        valid = model.checked_interviewee(command.interviewee)
        interviewee = Interviewee(uow.new_id(), valid.name, valid.email, self._lobby_token())
        new = changes.with_interviewee(old, interviewee, uow.now)
        await store.save(uow, new)
        uow.tell(IntervieweeAdded(interviewee_id=interviewee.id, **of_change(new, caller)))
        return new

    async def set_title(self, uow: UnitOfWork, caller: Caller, command: SetTitle) -> Interview:
        """
        Call an interview something else.

        Raises:
            NotYourInterview, RoleMayNot, IsCanceled: they may not, or it is canceled.
            BadText: the title is none.
        """
        old = await self._changing(uow, caller, command.id)
        new = changes.retitled(old, command.title, uow.now)
        if new is old:
            return old
        await store.save(uow, new)
        uow.tell(InterviewTitleChanged(**of_change(new, caller)))
        return new

    async def set_zone(self, uow: UnitOfWork, caller: Caller, command: SetZone) -> Interview:
        """
        Show an interview's times in another time zone; the moments stay what they are.

        Raises:
            NotYourInterview, RoleMayNot, IsCanceled: they may not, or it is canceled.
            UnknownTimeZone: there is no such zone.
        """
        old = await self._changing(uow, caller, command.id)
        new = changes.moved_to_zone(old, command.zone, uow.now)
        if new is old:
            return old
        await store.save(uow, new)
        uow.tell(InterviewZoneChanged(zone=new.zone, **of_change(new, caller)))
        return new

    async def cancel(self, uow: UnitOfWork, caller: Caller, id: UUID) -> Interview:
        """
        Cancel an interview for good; doing so again answers it as it is.

        Raises:
            NotYourInterview, RoleMayNot: the caller may not.
        """
        old = await self._locked(uow, caller, id)
        new = changes.canceled(old, uow.now)
        if new is old:
            return old
        await store.save(uow, new)
        uow.tell(InterviewCanceled(**of_change(new, caller)))
        return new

    async def get(
        self, reader: Reader, caller: Caller, ids: Sequence[UUID]
    ) -> dict[UUID, Interview]:
        """
        Find those of *ids* that the caller may see.

        The employer's app sees its own, and so does a person as long as they act for it in a
        role that may; a person also those that they interview in, if their address is known to
        be theirs: interviewers are invited by nothing else. Those who may only read do not get
        the interviewee's link.
        """
        check_caller(caller)
        if len(ids) > MOST_IDS:
            raise TooManyIds(asked=len(ids), limit=MOST_IDS)
        found = await store.by_ids(reader, tuple(dict.fromkeys(ids)))
        standing = await self.access.to(reader, caller, found.values())
        return {i: standing.shown(each) for i, each in found.items() if standing.may_read(each)}

    async def stored(self, reader: Reader, id: UUID) -> Interview | None:
        """Find an interview for what goes on by itself: nobody calls, so nobody is asked."""
        return (await store.by_ids(reader, (id,))).get(id)

    async def visible(self, reader: Reader, person: Person, id: UUID) -> Interview | None:
        """Find an interview for one who interviews in it, or reads what the employer has."""
        interview = await self.stored(reader, id)
        email = person.verified_email
        if interview is None or (email and interview.is_interviewed_by(email)):
            return interview
        member = await self.accounts.membership(reader, person.id, interview.employer_id)
        return interview if member is not None and member.role in READERS else None

    async def held(self, reader: Reader, person: Person, asked: Held) -> list[Interview]:
        """
        List what a person interviews in, for whichever employer.

        That is by an address that is known to be theirs; without one it is nothing.
        """
        email = person.verified_email
        return [] if email is None else await held(reader, email_key(email), asked)

    async def records(
        self, reader: Reader, ids: Sequence[UUID]
    ) -> dict[UUID, tuple[Record, ...]]:
        """
        Read the records of interviews that the caller was shown, however many at once.

        Interviews without one are left out. A recording's address is a path of ours.
        """
        return await records_of(reader, ids)

    async def find(
        self, reader: Reader, caller: Caller, search: Search, now: datetime
    ) -> tuple[Page, Listing]:
        """
        Read one page of the employer's interviews, and the listing it is a page of.

        Raises:
            MissingScope, NoEmployer, EmployerLost, RoleMayNot: the caller may not.
            BadPageSize, TooManyEntries, BadCursor: there is no such page.
        """
        standing = await self.access.employer(reader, caller, READERS)
        size = search.checked_size()
        search.check_lists()
        cursor = None if search.after is None else Cursor.read(search.after)
        listing = Listing(
            employer_id=caller.employer(SCOPE), now=now, where=search.where, keys=search.keys()
        )
        place = None
        if cursor is not None:
            place = await self._place(reader, listing, cursor)
        found = await listing.page(reader, place, size + 1)
        has_previous = place is not None and await listing.has_any_up_to(reader, place)
        page = Page(
            interviews=tuple(standing.shown(each) for each in found[:size]),
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
        place = await place_of(reader, cursor.id, listing.employer_id, listing.now)
        if place is None:
            raise BadCursor(cursor=str(cursor))
        return place

    async def _locked(self, uow: UnitOfWork, caller: Caller, id: UUID) -> Interview:
        """
        Find an interview that the caller may change, and let nobody else do so meanwhile.

        Raises:
            NotYourInterview: there is none that they see.
            RoleMayNot: they may only read it.
        """
        check_caller(caller)
        interview = await store.lock(uow, id)
        if interview is None:
            raise NotYourInterview(id=id)
        standing = await self.access.to(uow, caller, (interview,))
        if not standing.may_read(interview):
            raise NotYourInterview(id=id)
        if not standing.may_change(interview):
            raise RoleMayNot(role=str(standing.role))
        return interview

    async def _changing(self, uow: UnitOfWork, caller: Caller, id: UUID) -> Interview:
        interview = await self._locked(uow, caller, id)
        changes.check_changeable(interview)
        return interview

    async def _organizer(self, reader: Reader, caller: Caller) -> Invited | None:
        if caller.person_id is None:
            return None
        person = await self.accounts.person(reader, caller.person_id)
        if person is None or not person.email_verified:
            return None
        return Invited(email=person.email, name=person.name)

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
            changed_at=uow.now,
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
