"""Scheduling an interview in the console: the form, and the clocks of time zones."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hirewire.accounts.model import Role
from hirewire.interviews.model import Interview, MediaType
from tests.console.world import ConsoleWorld, Visitor

NEW = "/console/interviews/new"
Stored = Callable[[], Awaitable[list[Interview]]]


def filled(console: ConsoleWorld, **other: str) -> dict[str, Any]:
    """Fill in the form as for an ordinary interview."""
    return {
        "employer": console.accounts.master.id.hex,
        "title": "Site manager",
        "date": "2026-03-03",
        "time": "14:30",
        "minutes": "45",
        "zone": "Europe/Dublin",
        "media_type": "PHONE",
        "interviewers": "ivy@example.com\r\n\r\n ben@example.com \r\n",
        "interviewee_name": "Casey",
        "interviewee_email": "casey@example.com",
        "language": "pt-br",
        "country": "ie",
    } | other


def on_the_clock(zone: str, date: str, time: str) -> dict[str, str]:
    """Type what the clocks of a time zone show at the start."""
    return {"zone": zone, "date": date, "time": time}


class TestScheduling:
    @pytest.mark.fidelity("console.interviews.schedule")
    async def test_puts_what_was_typed_on_the_calendar(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """The interview is what the form says, and who schedules it interviews too."""
        answer = await recruiter.send(NEW, **filled(console))

        (made,) = await stored()
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/console/interviews/{made.id}?said=scheduled"
        assert (made.title, made.zone) == ("Site manager", "Europe/Dublin")
        assert made.starts_at == datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
        assert made.ends_at == datetime(2026, 3, 3, 15, 15, tzinfo=UTC)
        assert made.media_type is MediaType.PHONE
        assert (made.language, made.country) == ("pt-BR", "IE")
        assert made.employer_id == console.accounts.master.id
        assert [each.email for each in made.interviewers] == [
            recruiter.person.email,
            "ivy@example.com",
            "ben@example.com",
        ]
        assert made.interviewee is not None
        assert (made.interviewee.name, made.interviewee.email) == ("Casey", "casey@example.com")
        assert (await console.told())[-1] == "interview.scheduled"
        assert "The interview is scheduled" in await recruiter.page(answer.headers["location"])

    @pytest.mark.fidelity("console.interviews.zone")
    async def test_begins_with_the_employers_time_zone(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """It is chosen on the form, and taken where the form names none."""
        shown = await recruiter.page(NEW)

        await recruiter.send(NEW, **filled(console, zone=""))

        (made,) = await stored()
        assert '<option value="Europe/Dublin" selected>' in shown
        assert made.zone == "Europe/Dublin"

    async def test_needs_nobody_else(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """Who schedules may interview alone, and name no interviewee, language or country."""
        only = filled(console, interviewers="", interviewee_name="", interviewee_email="")

        await recruiter.send(NEW, **only | {"language": "", "country": ""})

        (made,) = await stored()
        assert [each.email for each in made.interviewers] == [recruiter.person.email]
        assert (made.interviewee, made.language, made.country) == (None, None, None)

    @pytest.mark.fidelity("console.interviews.once")
    async def test_happens_once(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """The same form, sent a second time, makes no second interview."""
        first = await recruiter.send(NEW, **filled(console))

        again = await recruiter.http.post(
            NEW,
            content=first.request.content,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

        assert again.status_code == 409
        assert len(await stored()) == 1

    async def test_for_one_of_several_employers(
        self, console: ConsoleWorld, stored: Stored
    ) -> None:
        """Whoever recruits for two chooses, and is offered no others."""
        world = console.accounts
        both = await console.visitor(
            "Bo", (world.master, Role.ADMIN), (world.stranger, Role.RECRUITER)
        )
        shown = await both.page(NEW)

        await both.send(NEW, **filled(console, employer=world.stranger.id.hex, zone=""))
        refused = await both.send(NEW, **filled(console, employer=world.subaccount.id.hex))

        (made,) = await stored()
        assert "The employer's own" in shown
        assert made.employer_id == world.stranger.id
        assert refused.status_code == 400
        assert "Choose one of those that are offered." in refused.text


class TestFaults:
    @pytest.mark.fidelity("console.interviews.form-keeps")
    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [
            ("title", " ", "Takes 1 to 200 characters"),
            ("date", "3 March", "Give the date as year-month-day"),
            ("date", "2026-02-30", "Give the date as year-month-day"),
            ("time", "25:00", "Give the time as hours:minutes"),
            ("time", "soon", "Give the time as hours:minutes"),
            ("minutes", "0", "Give the minutes as a number from 1 to 1440"),
            ("minutes", "1441", "Give the minutes as a number from 1 to 1440"),
            ("zone", "Mars/Base", "'Mars/Base' is not a time zone"),
            ("media_type", "FAX", "Choose one of those that are offered."),
            ("interviewers", "ivy@example.com\nnobody", "'nobody' is not an e-mail address."),
            (
                "interviewers",
                "\n".join(f"i{n}@example.com" for n in range(49)),
                "An interview takes at most 49, got 50.",
            ),
            ("interviewee_name", "", "Takes 1 to 200 characters"),
            ("interviewee_email", "casey", "'casey' is not an e-mail address."),
            ("interviewee_email", "BEN@example.com", "is on the other side of the interview"),
            ("language", "xx", "'xx' is not a language"),
            ("country", "ZZ", "'ZZ' is not"),
        ],
    )
    async def test_stand_at_their_field(
        self,
        console: ConsoleWorld,
        recruiter: Visitor,
        stored: Stored,
        *,
        field: str,
        typed: str,
        says: str,
    ) -> None:
        """Each is told where it was typed, all that was typed is kept, and nothing is made."""
        answer = await recruiter.send(NEW, **filled(console, **{field: typed}))

        fault = answer.text.split(f'id="error-{field}"')[1].split("</p>")[0]
        assert answer.status_code == 400
        assert says in fault.replace("&#39;", "'")
        assert answer.text.count('id="error-') == 1
        assert 'value="2026-03-03"' in answer.text or field == "date"
        assert "casey@example.com" in answer.text or field == "interviewee_email"
        assert await stored() == []

    async def test_are_told_together(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """Two fields are corrected in one go."""
        answer = await recruiter.send(NEW, **filled(console, title="", minutes="x"))

        assert "Please correct these 2 fields" in answer.text
        assert await stored() == []

    async def test_include_the_past(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """More than a day ago is no time to begin."""
        answer = await recruiter.send(NEW, **filled(console, date="2026-02-27"))

        fault = answer.text.split('id="error-time"')[1].split("</p>")[0]
        assert "An interview starts at most 24 hours in the past." in fault
        assert await stored() == []


class TestClocks:
    @pytest.mark.fidelity("console.interviews.skipped-time")
    @pytest.mark.parametrize(
        ("start", "later"),
        [
            (on_the_clock("Europe/Dublin", "2026-03-29", "01:30"), "02:30"),
            (on_the_clock("America/Los_Angeles", "2027-03-14", "02:00"), "03:00"),
            (on_the_clock("Australia/Lord_Howe", "2026-10-04", "02:15"), "02:45"),
        ],
    )
    async def test_that_skip_a_time_have_none_then(
        self,
        console: ConsoleWorld,
        recruiter: Visitor,
        stored: Stored,
        start: dict[str, str],
        later: str,
    ) -> None:
        """A time that no clock shows is refused, with what they show instead."""
        answer = await recruiter.send(NEW, **filled(console, **start))

        fault = answer.text.split('id="error-time"')[1].split("</p>")[0]
        assert answer.status_code == 400
        assert f"There is no {start['time']} on that day in {start['zone']}" in fault
        assert f"show {later} instead" in fault
        assert await stored() == []

    @pytest.mark.fidelity("console.interviews.repeated-time")
    @pytest.mark.parametrize(
        ("start", "begins", "offset"),
        [
            (
                on_the_clock("Europe/Dublin", "2026-10-25", "01:30"),
                datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
                "UTC+01:00",
            ),
            (
                on_the_clock("America/Los_Angeles", "2026-11-01", "01:00"),
                datetime(2026, 11, 1, 8, 0, tzinfo=UTC),
                "UTC-07:00",
            ),
            (
                on_the_clock("Australia/Lord_Howe", "2026-04-05", "01:45"),
                datetime(2026, 4, 4, 14, 45, tzinfo=UTC),
                "UTC+11:00",
            ),
        ],
    )
    async def test_that_show_a_time_twice_mean_the_first(
        self,
        console: ConsoleWorld,
        recruiter: Visitor,
        stored: Stored,
        *,
        start: dict[str, str],
        begins: datetime,
        offset: str,
    ) -> None:
        """The first of two is taken, and the page says so."""
        answer = await recruiter.send(NEW, **filled(console, **start))

        (made,) = await stored()
        shown = await recruiter.page(answer.headers["location"])
        assert made.starts_at == begins
        assert f"this time comes twice. The first one is meant, at {offset}." in shown

    async def test_that_change_meanwhile_count_what_passes(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """Sixty minutes over the hour that is skipped are sixty minutes."""
        form = filled(console, date="2026-03-29", time="00:30", minutes="60")

        answer = await recruiter.send(NEW, **form)

        (made,) = await stored()
        assert (made.ends_at - made.starts_at).total_seconds() == 3600
        assert "00:30 (UTC+00:00) to 02:30 (UTC+01:00)" in await recruiter.page(
            answer.headers["location"]
        )


class TestWithoutRole:
    @pytest.mark.fidelity("console.interviews.roles")
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, None])
    async def test_there_is_no_form(
        self, console: ConsoleWorld, stored: Stored, role: Role | None
    ) -> None:
        """Who may not schedule finds no page, and no other's employer takes a form."""
        roles = [(console.accounts.master, role)] if role else []
        eve = await console.visitor("Eve", *roles)

        shown = await eve.get(NEW)
        sent = await eve.send(NEW, seen_on="/console", once="1", **filled(console))

        assert (shown.status_code, sent.status_code) == (404, 404)
        assert await stored() == []

    async def test_losing_it_counts_at_once(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """A form that was opened as a recruiter is worth nothing to a viewer."""
        seen = await recruiter.get(NEW)
        async with console.database.unit() as uow:
            await console.accounts.accounts.change_role(
                uow, recruiter.person.id, console.accounts.master.id, Role.VIEWER
            )

        answer = await recruiter.send(NEW, seen_on="/console", once="1", **filled(console))

        assert (seen.status_code, answer.status_code) == (200, 404)
        assert await stored() == []

    async def test_an_unverified_address_is_not_invited(
        self, console: ConsoleWorld, recruiter: Visitor, stored: Stored
    ) -> None:
        """Who is invited nowhere names at least one who is."""
        async with console.database.unit() as uow:
            await uow.run(
                "UPDATE people SET email_verified = :no WHERE id = :id",
                no=False,
                id=UUID(str(recruiter.person.id)),
            )

        answer = await recruiter.send(NEW, **filled(console, interviewers=""))

        fault = answer.text.split('id="error-interviewers"')[1].split("</p>")[0]
        assert "An interview takes at least one." in fault
        assert await stored() == []
