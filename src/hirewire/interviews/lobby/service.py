"""What people can do in a lobby, and what the clock does there."""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from hirewire.accounts.model import Person
from hirewire.interviews import store as interviews
from hirewire.interviews.lobby import model, store
from hirewire.interviews.lobby.ends import end, settle
from hirewire.interviews.lobby.errors import (
    EmailNotVerified,
    LobbyClosed,
    NoSuchGuest,
    NoSuchLobby,
    NotAnInterviewer,
    TooManyKnocks,
)
from hirewire.interviews.lobby.facts import (
    IntervieweeAdmitted,
    IntervieweeDeclined,
    IntervieweeKnocked,
    SessionBegan,
)
from hirewire.interviews.lobby.model import (
    Door,
    Guest,
    GuestState,
    Host,
    NewGuest,
    OpenRecord,
    Phase,
    Sight,
    Window,
)
from hirewire.interviews.model import Interview, Interviewer, checked_text
from hirewire.kit.entropy import Entropy
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import TaskCall, UnitOfWork

WATCH: Final = "lobby.watch"
"""The task that notices who is gone, of one lobby each."""

_SIZE: Final = 32
# No other text is asked for: not every database takes any, such as one with NUL in it.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def interviewer_of(interview: Interview, person: Person) -> Interviewer:
    """
    Return who of the interviewers *person* is.

    Raises:
        EmailNotVerified: nobody knows whether the address of the account is theirs.
        NotAnInterviewer: they are none of them.
    """
    if not person.email_verified:
        raise EmailNotVerified
    found = model.interviewer_called(interview, person.email)
    if found is None:
        raise NotAnInterviewer
    return found


@dataclass(frozen=True, slots=True)
class Lobby:
    """
    The one way into lobbies.

    Each change locks the interview, so that what is decided on is what there is; it asks anew
    whether the lobby is open and the person an interviewer.
    """

    entropy: Entropy

    async def door(self, reader: Reader, token: str) -> Door:
        """
        Find what the token of an address opens.

        Raises:
            NoSuchLobby: nothing.
        """
        behind = await store.behind(reader, token) if _TOKEN.fullmatch(token) else None
        if behind is None:
            raise NoSuchLobby
        interview_id, role = behind
        found = await interviews.by_ids(reader, [interview_id])
        return Door(found[interview_id], role)

    async def guest(self, reader: Reader, interview_id: UUID, text: str) -> Guest | None:
        """Find the guest whose browser holds *text*."""
        return await store.guest_by_digest(reader, interview_id, _digest(text))

    async def sight(self, reader: Reader, interview_id: UUID, now: datetime) -> Sight:
        """See who is in a lobby at *now*."""
        return Sight.at(
            now,
            await store.hosts(reader, interview_id),
            await store.guests(reader, interview_id),
            await store.open_record(reader, interview_id),
        )

    async def knock(
        self, uow: UnitOfWork, interview_id: UUID, name: str, text: str | None
    ) -> NewGuest:
        """
        Let a browser wait under *name*; *text* is what it holds of an earlier knock.

        Raises:
            LobbyClosed, TooManyKnocks, BadText: it may not, or not now, or not so.
        """
        interview = await self._entered(uow, interview_id)
        name = checked_text("name", name)
        known = None if text is None else await self.guest(uow, interview_id, text)
        if text is not None and known is not None and known.state is GuestState.ADMITTED:
            return NewGuest(known, text)
        if text is not None and known is not None and known.state is GuestState.WAITING:
            waiting = replace(known, name=name, present_until=_lease(interview, uow.now))
            await store.wait_on(uow, waiting)
            await self._watch(uow, interview)
            return NewGuest(waiting, text)
        await self._limit(uow, interview_id, known)
        # Who left or was declined is a guest anew: so the guests of a minute are its knocks.
        new = NewGuest(self._waiting(uow, interview, name), self._draw())
        await store.add_guest(uow, new.guest, _digest(new.text))
        fact = IntervieweeKnocked(
            employer_id=interview.employer_id,
            interview_id=interview_id,
            guest_id=new.guest.id,
        )
        uow.tell(fact)
        await self._watch(uow, interview)
        return new

    async def keep_guest(self, uow: UnitOfWork, interview_id: UUID, guest_id: UUID) -> None:
        """
        Note that a guest is connected; a session begins if they are admitted, and none is on.

        Raises:
            LobbyClosed: nobody is, any more.
        """
        interview = await self._entered(uow, interview_id)
        guest = await store.guest(uow, interview_id, guest_id)
        if guest is None or guest.state not in {GuestState.WAITING, GuestState.ADMITTED}:
            return
        await store.guest_seen(uow, guest_id, _lease(interview, uow.now))
        if guest.state is GuestState.ADMITTED:
            await self._begin(uow, interview)
        await self._watch(uow, interview)

    async def keep_host(self, uow: UnitOfWork, interview_id: UUID, person: Person) -> None:
        """
        Note that an interviewer is present, and so takes part in a session that is on.

        Raises:
            LobbyClosed, EmailNotVerified, NotAnInterviewer: they may not be.
        """
        interview = await self._entered(uow, interview_id)
        interviewer = interviewer_of(interview, person)
        host = Host(interviewer.id, person.name, _lease(interview, uow.now))
        await store.host_seen(uow, interview_id, host)
        session = await store.open_record(uow, interview_id)
        if session is not None:
            await store.took_part(uow, session.id, interviewer.id)
        await self._watch(uow, interview)

    async def decide(
        self,
        uow: UnitOfWork,
        interview_id: UUID,
        person: Person,
        guest_id: UUID,
        *,
        admits: bool,
    ) -> None:
        """
        Let in who knocked, or not; to decide the same once more changes nothing.

        Raises:
            LobbyClosed, EmailNotVerified, NotAnInterviewer: the person may not.
            NoSuchGuest: nobody of that id waits in this lobby.
        """
        interview = await self._entered(uow, interview_id)
        interviewer = interviewer_of(interview, person)
        guest = await store.guest(uow, interview_id, guest_id)
        state = GuestState.ADMITTED if admits else GuestState.DECLINED
        if guest is not None and guest.state is state:
            return
        if guest is None or guest.state is not GuestState.WAITING:
            raise NoSuchGuest
        await store.decide(uow, guest_id, state, interviewer.id)
        kind = IntervieweeAdmitted if admits else IntervieweeDeclined
        fact = kind(
            employer_id=interview.employer_id,
            interview_id=interview_id,
            guest_id=guest_id,
            interviewer_id=interviewer.id,
        )
        uow.tell(fact)
        await self.keep_host(uow, interview_id, person)
        if admits and guest.is_present(uow.now):
            await self._begin(uow, interview)

    async def guest_leaves(self, uow: UnitOfWork, interview_id: UUID, guest_id: UUID) -> None:
        """Let a guest go; the session ends with the last who was admitted."""
        interview = await interviews.lock(uow, interview_id)
        guest = await store.guest(uow, interview_id, guest_id)
        if interview is None or guest is None:
            return
        await settle(uow, interview)
        if guest.state in {GuestState.WAITING, GuestState.ADMITTED}:
            await store.set_state(uow, guest_id, GuestState.LEFT)
        session = await store.open_record(uow, interview_id)
        sight = await self.sight(uow, interview_id, uow.now)
        if session is not None and not sight.admitted:
            await end(uow, interview, session, uow.now)

    async def host_leaves(self, uow: UnitOfWork, interview_id: UUID, person: Person) -> None:
        """Let an interviewer go; a session goes on without them."""
        interview = await interviews.lock(uow, interview_id)
        if interview is not None:
            interviewer = interviewer_of(interview, person)
            await store.host_left(uow, interview_id, interviewer.id)

    async def watch(self, uow: UnitOfWork, payload: bytes) -> None:
        """
        End the session of a lobby whose interviewee is gone, or that closed; handles `WATCH`.

        While anybody is there it looks again when the next lease is over.
        """
        interview = await interviews.lock(uow, UUID(payload.decode().strip('"')))
        if interview is not None:
            await settle(uow, interview)
            await self._watch(uow, interview)

    async def _entered(self, uow: UnitOfWork, interview_id: UUID) -> Interview:
        """Lock an open lobby, and bring its session up to date."""
        interview = await interviews.lock(uow, interview_id)
        if interview is None or model.phase(interview, uow.now) is not Phase.OPEN:
            raise LobbyClosed
        await settle(uow, interview)
        return interview

    async def _begin(self, uow: UnitOfWork, interview: Interview) -> None:
        """Begin a session, unless one is on; every interviewer who is there takes part."""
        if await store.open_record(uow, interview.id) is not None:
            return
        session = OpenRecord(uow.new_id(), uow.now)
        await store.begin_record(uow, interview.id, session)
        sight = await self.sight(uow, interview.id, uow.now)
        for host in sight.hosts:
            await store.took_part(uow, session.id, host.interviewer_id)
        fact = SessionBegan(
            employer_id=interview.employer_id, interview_id=interview.id, record_id=session.id
        )
        uow.tell(fact)

    async def _watch(self, uow: UnitOfWork, interview: Interview) -> None:
        """Look at the lobby again when the first lease in it is over."""
        sight = await self.sight(uow, interview.id, uow.now)
        people: tuple[Host | Guest, ...] = (*sight.hosts, *sight.waiting, *sight.admitted)
        if not people:
            return
        first = min(each.present_until for each in people)
        task = TaskCall(
            name=WATCH, payload=f'"{interview.id}"', key=str(interview.id), due_at=first
        )
        uow.enqueue(task)

    async def _limit(self, uow: UnitOfWork, interview_id: UUID, known: Guest | None) -> None:
        """Keep a link that has leaked from flooding the interviewers with knocks."""
        if known is not None and uow.now < known.may_knock_at():
            wait = known.may_knock_at() - uow.now
            raise TooManyKnocks(retry_after_s=wait.total_seconds())
        since = uow.now - model.KNOCKS_WITHIN
        if await store.knocks_since(uow, interview_id, since) >= model.MOST_KNOCKS:
            raise TooManyKnocks(retry_after_s=model.KNOCKS_WITHIN.total_seconds())

    def _waiting(self, uow: UnitOfWork, interview: Interview, name: str) -> Guest:
        return Guest(
            id=uow.new_id(),
            interview_id=interview.id,
            name=name,
            state=GuestState.WAITING,
            knocked_at=uow.now,
            decided_at=None,
            present_until=_lease(interview, uow.now),
        )

    def _draw(self) -> str:
        return base64.urlsafe_b64encode(self.entropy.token(_SIZE)).rstrip(b"=").decode()


def _lease(interview: Interview, now: datetime) -> datetime:
    return min(now + model.LEASE, Window.of(interview).closes_at)


def _digest(text: str) -> bytes:
    """What a browser holds has 256 random bits: a fast hash keeps it as well as a slow one."""
    return hashlib.sha256(b"lobby:" + text.encode()).digest()
