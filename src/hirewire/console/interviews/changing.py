"""Changing an interview in the console: one page for each change, and one to cancel."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from starlette.responses import Response

from hirewire.accounts.places import time_zones
from hirewire.console.app_form import Problem
from hirewire.console.desk import INTERVIEWS, Page, Visit
from hirewire.console.interviews.access import Sight, sight
from hirewire.console.interviews.form import InterviewForm
from hirewire.console.interviews.times import When
from hirewire.console.interviews.words import at_field
from hirewire.interviews.changes import (
    AddInterviewee,
    AddInterviewers,
    RescheduleInterview,
    SetTitle,
    SetZone,
)
from hirewire.interviews.errors import (
    HasInterviewee,
    IsCanceled,
    OnBothSides,
    TooManyInterviewers,
)
from hirewire.interviews.model import Interview, NewInterviewee
from hirewire.interviews.service import Interviews
from hirewire.runtime.db import UnitOfWork

_Apply: TypeAlias = Callable[
    [Interviews, UnitOfWork, Sight, InterviewForm], Awaitable[Interview]
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change: its words, the fields of its form, and what the service does."""

    title: str
    button: str
    fields: tuple[str, ...]
    apply: _Apply


async def _move(
    interviews: Interviews, uow: UnitOfWork, seen: Sight, form: InterviewForm
) -> Interview:
    """
    Take from the form what was typed, and the rest from what *seen* has.

    Fields show no seconds, and of two moments that the clocks tell alike not which it is.
    """
    when, old = form.times(uow.now, interviews.past), seen.interview
    begin = old.starts_at if form.is_at(old) else when.starts_at
    usual, typed = old.ends_at - old.starts_at, when.ends_at - when.starts_at
    length = usual if form.is_as_long_as(old) else typed
    command = RescheduleInterview(id=old.id, starts_at=begin, ends_at=begin + length)
    return await interviews.reschedule(uow, seen.caller, command)


async def _rename(
    interviews: Interviews, uow: UnitOfWork, seen: Sight, form: InterviewForm
) -> Interview:
    command = SetTitle(id=seen.interview.id, title=form.title)
    return await interviews.set_title(uow, seen.caller, command)


async def _rezone(
    interviews: Interviews, uow: UnitOfWork, seen: Sight, form: InterviewForm
) -> Interview:
    command = SetZone(id=seen.interview.id, zone=form.zone)
    return await interviews.set_zone(uow, seen.caller, command)


async def _invite(
    interviews: Interviews, uow: UnitOfWork, seen: Sight, form: InterviewForm
) -> Interview:
    command = AddInterviewers(id=seen.interview.id, interviewers=form.people())
    return await interviews.add_interviewers(uow, seen.caller, command)


async def _name(
    interviews: Interviews, uow: UnitOfWork, seen: Sight, form: InterviewForm
) -> Interview:
    new = NewInterviewee(name=form.interviewee_name, email=form.interviewee_email)
    command = AddInterviewee(id=seen.interview.id, interviewee=new)
    return await interviews.add_interviewee(uow, seen.caller, command)


CHANGES: Final[Mapping[str, Change]] = {
    "time": Change("Reschedule", "Reschedule", ("zone", "date", "time", "minutes"), _move),
    "title": Change("Change the title", "Save the title", ("title",), _rename),
    "zone": Change("Change the time zone", "Save the time zone", ("zone",), _rezone),
    "interviewers": Change("Add interviewers", "Add them", ("interviewers",), _invite),
    "interviewee": Change(
        "Add the interviewee", "Add them", ("interviewee_name", "interviewee_email"), _name
    ),
}
"""What can be changed, by the last part of its page's address."""


def page_of(name: str) -> Page:
    """Return the page on which people make the change *name*."""
    change = CHANGES[name]

    async def page(visit: Visit) -> Response:
        async with visit.desk.db.read() as reader:
            seen = await sight(visit, reader)
        seen.check()
        interview = seen.interview
        if interview.canceled_at or (name == "interviewee" and interview.interviewee):
            return visit.go(f"{INTERVIEWS}/{interview.id}?said=unchanged")
        if not visit.is_sent:
            return _show(visit, seen, name, InterviewForm.of(interview))
        form = InterviewForm.read(visit.form)
        if name == "time" and form.is_at(interview) and form.is_as_long_as(interview):
            return visit.go(
                f"{INTERVIEWS}/{interview.id}?said=same"
            )  # However long ago it was.
        now, past = visit.desk.clock.now(), visit.desk.interviews.past
        problems = form.problems(change.fields, now, past)
        if not problems:
            try:
                return await _do(visit, name, form)
            except (TooManyInterviewers, OnBothSides) as refusal:
                problems = [(change.fields[-1], at_field(refusal))]
            except (IsCanceled, HasInterviewee):
                return visit.go(f"{INTERVIEWS}/{interview.id}?said=unchanged")
        return _show(visit, seen, name, form, problems)

    return page


async def cancel(visit: Visit) -> Response:
    """Ask whether to cancel, or do it."""
    async with visit.desk.db.read() as reader:
        seen = await sight(visit, reader)
    seen.check()
    address = f"{INTERVIEWS}/{seen.interview.id}"
    if not visit.is_sent:
        if seen.interview.canceled_at:
            return visit.go(address)
        return visit.show(
            "interviews/cancel",
            interview=seen.interview,
            when=When.of(seen.interview),
            once=visit.once(),
        )
    async with visit.desk.db.unit() as uow:
        seen = await _still(visit, uow)
        await visit.use_once(uow)
        await visit.desk.interviews.cancel(uow, seen.caller, seen.interview.id)
    return visit.go(f"{address}?said=canceled")


async def _do(visit: Visit, name: str, form: InterviewForm) -> Response:
    async with visit.desk.db.unit() as uow:
        seen = await _still(visit, uow)
        await visit.use_once(uow)
        found = await CHANGES[name].apply(visit.desk.interviews, uow, seen, form)
    said = "same" if found.sequence == seen.interview.sequence else name
    return visit.go(f"{INTERVIEWS}/{found.id}?said={said}")


async def _still(visit: Visit, uow: UnitOfWork) -> Sight:
    """See that they still may; a role can be lost between page and form."""
    seen = await sight(visit, uow)
    seen.check()
    return seen


def _show(
    visit: Visit,
    seen: Sight,
    name: str,
    form: InterviewForm,
    problems: list[Problem] | None = None,
) -> Response:
    return visit.show(
        "interviews/change",
        status=400 if problems else 200,
        interview=seen.interview,
        when=When.of(seen.interview),
        name=name,
        change=CHANGES[name],
        form=form,
        problems=problems or [],
        errors=dict(problems or []),
        zones=[(zone, zone) for zone in sorted(time_zones())],
        once=visit.once(),
    )
