"""The pages for afterwards: the outcome of a session, and its recording."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hirewire.accounts.model import Person
from hirewire.interviews.lobby import outcomes
from hirewire.interviews.lobby.errors import NoSuchDecision, NoSuchLobby, NoteTooLong
from hirewire.interviews.lobby.model import LONGEST_NOTE, Session, read_outcome
from hirewire.interviews.lobby.visits import Reception
from hirewire.interviews.lobby.words import DECISIONS, span
from hirewire.interviews.model import Interview
from hirewire.web.pages import Form, read_form

# Ten thousand characters of four bytes, each of them spelled with a percent sign.
_LARGEST_FORM: Final = 131_072
_SEE_OTHER: Final = 303
_BAD: Final = 400
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class LookingBack:
    """The endpoints `/interviews/{id}/outcome` and `/recordings/{id}`."""

    reception: Reception

    async def show_outcome(self, request: Request) -> Response:
        """Ask what an interviewer makes of a session; there may be several."""
        person = await self._person(request)
        if isinstance(person, Response):
            return person
        async with self.reception.db.read() as reader:
            interview, sessions = await outcomes.sessions_of(
                reader, _id(request, "interview"), person
            )
        session = _chosen(sessions, request.query_params.get("session", ""))
        said = request.query_params.get("said", "")
        return self._outcome_page(request, interview, sessions, session, said=said)

    async def take_outcome(self, request: Request) -> Response:
        """Keep what they make of it."""
        form = await read_form(request, largest=_LARGEST_FORM)
        self.reception.browser.check(request, form)
        person = await self._person(request)
        if isinstance(person, Response):
            return person
        interview_id = _id(request, "interview")
        async with self.reception.db.read() as reader:
            interview, sessions = await outcomes.sessions_of(reader, interview_id, person)
        session = _chosen(sessions, form.one("session"))
        try:
            command = read_outcome(session.id, form.one("decision"), form.one("note"))
        except (NoSuchDecision, NoteTooLong) as refusal:
            return self._outcome_page(
                request, interview, sessions, session, form=form, refusal=refusal
            )
        async with self.reception.db.unit() as uow:
            await outcomes.enter_outcome(uow, interview_id, person, command)
        path = f"/interviews/{interview_id}/outcome?session={session.id}&said=saved"
        return RedirectResponse(path, _SEE_OTHER, {"cache-control": "no-store"})

    async def show_recording(self, request: Request) -> Response:
        """Say what there is of a session's recording, to those who took part."""
        person = await self._person(request)
        if isinstance(person, Response):
            return person
        async with self.reception.db.read() as reader:
            interview, session = await outcomes.session_of(
                reader, _id(request, "record"), person
            )
        expired = session.has_expired(self.reception.clock.now())
        return self.reception.pages.answer(
            "lobby/recording.html",
            status=_GONE if expired else 200,
            interview=interview,
            session=session,
            expired=expired,
            when=span(session.began_at, session.ended_at, interview.zone),
        )

    async def _person(self, request: Request) -> Person | Response:
        """Find who is signed in; whatever the address, others are asked to sign in first."""
        async with self.reception.db.read() as reader:
            person = await self.reception.person(reader, request)
        if person is not None:
            return person
        url = self.reception.browser.sign_in_url(request.url.path)
        return RedirectResponse(url, _SEE_OTHER, {"cache-control": "no-store"})

    def _outcome_page(
        self,
        request: Request,
        interview: Interview,
        sessions: tuple[Session, ...],
        session: Session,
        *,
        said: str = "",
        form: Form | None = None,
        refusal: NoSuchDecision | NoteTooLong | None = None,
    ) -> Response:
        field = "note" if isinstance(refusal, NoteTooLong) else "decision"
        answer = self.reception.pages.answer(
            "lobby/outcome.html",
            status=200 if refusal is None else _BAD,
            csrf_token=self.reception.browser.csrf_token(request),
            interview=interview,
            sessions=[
                (each, span(each.began_at, each.ended_at, interview.zone)) for each in sessions
            ],
            session=session,
            decisions=DECISIONS,
            decision=form.one("decision") if form else session.decision or "",
            note=form.one("note") if form else session.note,
            longest=LONGEST_NOTE,
            wrong=[] if refusal is None else [(field, str(refusal))],
            said=said,
        )
        self.reception.browser.remember(request, answer)
        return answer


def _chosen(sessions: tuple[Session, ...], text: str) -> Session:
    """
    Find the session that is meant: the last, where none is named.

    Raises:
        NoSuchLobby: it is none of *sessions*.
    """
    if not text:
        return sessions[-1]
    found = next((each for each in sessions if str(each.id) == text), None)
    if found is None:
        raise NoSuchLobby
    return found


def _id(request: Request, name: str) -> UUID:
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise NoSuchLobby from None
