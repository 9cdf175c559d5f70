"""Starting a thread in the console."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from starlette.responses import Response

from hirewire.accounts.model import Employer
from hirewire.console.app_form import Problem
from hirewire.console.conversations.access import caller, employers
from hirewire.console.conversations.thread import address
from hirewire.console.desk import Visit
from hirewire.console.errors import NoSuchPage, NotOffered
from hirewire.conversations.errors import BadCandidateEmail, BadLine, BadMessageText
from hirewire.conversations.model import Candidate, Draft
from hirewire.conversations.pages.written import in_words, typed
from hirewire.conversations.starting import StartConversation
from hirewire.web.pages import Form

_FIELDS: Final = {"candidate.name": "name", "subject": "subject", "postingId": "posting"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadForm:
    """The form as it was filled in."""

    employer: str = ""
    name: str = ""
    email: str = ""
    subject: str = ""
    posting: str = ""
    text: str = field(default="", repr=False)

    @classmethod
    def read(cls, form: Form) -> Self:
        """Read what was typed, without the blanks around it."""
        names = ("employer", "name", "email", "subject", "posting")
        return cls(**{name: form.one(name).strip() for name in names}, text=typed(form))

    def command(self) -> StartConversation:
        """
        Say what it asks for.

        Raises:
            BadLine, BadCandidateEmail, BadMessageText: it says nonsense.
        """
        return StartConversation.checked(
            Candidate(name=self.name, email=self.email),
            subject=self.subject or None,
            posting_id=self.posting or None,
            first=Draft(text=self.text),
            idempotency_key=None,
        )


async def start(visit: Visit) -> Response:
    """Show the form, or begin the thread that it asks for."""
    async with visit.desk.db.read() as reader:
        known = await employers(visit, reader)
    if not known:
        raise NoSuchPage
    if not visit.is_sent:
        chosen = visit.query("employer") or known[0].id.hex
        return _show(visit, ThreadForm(employer=chosen), [], known)
    form = ThreadForm.read(visit.form)
    employer = next((each for each in known if each.id.hex == form.employer), None)
    if employer is None:
        return _show(visit, form, [("employer", str(NotOffered()))], known)
    try:
        command = form.command()
    except (BadLine, BadCandidateEmail, BadMessageText) as refusal:
        return _show(visit, form, [_problem(refusal)], known)
    async with visit.desk.db.unit() as uow:
        await visit.use_once(uow)
        started = await visit.desk.conversations.start(uow, caller(visit, employer.id), command)
    return visit.go(address(started.conversation))


def _problem(refusal: BadLine | BadCandidateEmail | BadMessageText) -> Problem:
    if isinstance(refusal, BadMessageText):
        return ("text", in_words(refusal))
    if isinstance(refusal, BadCandidateEmail):
        return ("email", "Enter an e-mail address, such as name@example.com.")
    name = _FIELDS[refusal.field]
    return (name, f"Enter one line of at most {refusal.longest} characters.")


def _show(
    visit: Visit, form: ThreadForm, problems: list[Problem], known: Sequence[Employer]
) -> Response:
    return visit.show(
        "conversations/new",
        status=400 if problems else 200,
        form=form,
        problems=problems,
        errors=dict(problems),
        employers=[(each.id.hex, each.name) for each in known],
        once=visit.once(),
    )
