"""Scheduling an interview in the console."""

from dataclasses import replace

from starlette.responses import Response

from hirewire.accounts.model import Employer
from hirewire.accounts.places import time_zones
from hirewire.console.app_form import Problem
from hirewire.console.desk import INTERVIEWS, Visit
from hirewire.console.errors import NoSuchPage, NotOffered
from hirewire.console.interviews.access import calendars, caller
from hirewire.console.interviews.form import InterviewForm
from hirewire.console.interviews.words import MEDIA


async def schedule(visit: Visit) -> Response:
    """Show the form, or put what it says on the calendar."""
    async with visit.desk.db.read() as reader:
        employers = (await calendars(visit, reader)).written
    if not employers:
        raise NoSuchPage
    if not visit.is_sent:
        return _show(visit, _blank(visit, employers), [], employers)
    form = InterviewForm.read(visit.form)
    employer = next((each for each in employers if each.id.hex == form.employer), None)
    if employer is None:
        return _show(visit, form, [("employer", str(NotOffered()))], employers)
    form = form.in_zone_of(employer)
    interviews, now = visit.desk.interviews, visit.desk.clock.now()
    problems = form.new_problems(visit.person, now, interviews.past)
    if problems:
        return _show(visit, form, problems, employers)
    return await _put(visit, employer, form)


async def _put(visit: Visit, employer: Employer, form: InterviewForm) -> Response:
    interviews = visit.desk.interviews
    async with visit.desk.db.unit() as uow:
        written = (await calendars(visit, uow)).written
        if employer.id not in {each.id for each in written}:
            raise NoSuchPage
        await visit.use_once(uow)
        command = form.command(employer, uow.now, interviews.past)
        made = await interviews.schedule(uow, caller(visit, employer.id), command)
    return visit.go(f"{INTERVIEWS}/{made.id}?said=scheduled")


def _blank(visit: Visit, employers: tuple[Employer, ...]) -> InterviewForm:
    """Begin with the employer that the address names, or else with the first."""
    asked = visit.query("employer")
    chosen = next((each for each in employers if each.id.hex == asked), employers[0])
    form = InterviewForm(employer=chosen.id.hex)
    return form if len(employers) > 1 else replace(form, zone=chosen.time_zone)


def _show(
    visit: Visit,
    form: InterviewForm,
    problems: list[Problem],
    employers: tuple[Employer, ...],
) -> Response:
    zones = [(zone, zone) for zone in sorted(time_zones())]
    own = [("", "The employer's own")] if len(employers) > 1 else []
    return visit.show(
        "interviews/new",
        status=400 if problems else 200,
        form=form,
        problems=problems,
        errors=dict(problems),
        employers=[(each.id.hex, each.name) for each in employers],
        zones=own + zones,
        media=[(medium.value, words) for medium, words in MEDIA.items()],
        organizer=visit.person.verified_email or "",
        once=visit.once(),
    )
