"""Changing and canceling an interview in the console, and who may."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hirewire.accounts.model import Role
from hirewire.interviews.model import Interview, Invited, NewInterviewee
from hirewire.kit.clock import MovableClock
from tests.console.interviews.conftest import STARTS
from tests.console.world import ConsoleWorld, Visitor

Put = Callable[..., Awaitable[Interview]]
Stored = Callable[[], Awaitable[list[Interview]]]
FORMS = {
    "time": {"zone": "Europe/Dublin", "date": "2026-03-29", "time": "09:15", "minutes": "30"},
    "title": {"title": "Foreman"},
    "zone": {"zone": "Asia/Kathmandu"},
    "interviewers": {"interviewers": "ben@example.com"},
    "interviewee": {"interviewee_name": "Kit", "interviewee_email": "kit@example.com"},
    "cancel": {},
}


def at(interview: Interview, part: str = "") -> str:
    """Return the address of an interview's page, or of one below it."""
    return f"/console/interviews/{interview.id}" + (f"/{part}" if part else "")


async def interviewing(
    console: ConsoleWorld, put: Put, *, verified: bool
) -> tuple[Visitor, Interview]:
    """Have somebody without any role interview, by the address of their account."""
    ivy = await console.visitor("Ivy")
    if not verified:
        async with console.database.unit() as uow:
            await uow.run(
                "UPDATE people SET email_verified = :no WHERE id = :id",
                no=False,
                id=ivy.person.id,
            )
    return ivy, await put(interviewers=(Invited(email=ivy.person.email.upper()),))


class TestChanges:
    @pytest.mark.fidelity("console.interviews.change")
    async def test_of_time(
        self, console: ConsoleWorld, recruiter: Visitor, put: Put, stored: Stored
    ) -> None:
        """The form shows the time as it is, and the interview moves to what it says."""
        interview = await put()
        shown = await recruiter.page(at(interview, "time"))

        answer = await recruiter.send(at(interview, "time"), **FORMS["time"])

        (found,) = await stored()
        assert 'type="date" value="2026-03-02"' in shown
        assert 'type="time" value="15:00"' in shown
        assert 'name="minutes" type="text" value="60"' in shown
        assert found.starts_at == datetime(2026, 3, 29, 8, 15, tzinfo=UTC)
        assert found.ends_at == datetime(2026, 3, 29, 8, 45, tzinfo=UTC)
        assert "The interview is moved" in await recruiter.page(answer.headers["location"])
        assert (await console.told())[-1] == "interview.rescheduled"

    @pytest.mark.fidelity("console.interviews.repeated-time")
    async def test_of_length_stays_at_the_second_of_two(
        self, recruiter: Visitor, put: Put, stored: Stored
    ) -> None:
        """Where only the minutes are typed anew, the start is the moment that it was."""
        second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        interview = await put(at=second)
        form = {"zone": "Europe/Dublin", "date": "2026-10-25", "time": "01:30", "minutes": "20"}

        answer = await recruiter.send(at(interview, "time"), **form)

        (found,) = await stored()
        shown = await recruiter.page(answer.headers["location"])
        assert (found.starts_at, found.ends_at) == (second, second + timedelta(minutes=20))
        assert "The second one is meant, at UTC+00:00." in shown

    @pytest.mark.fidelity("console.interviews.change")
    async def test_of_title_zone_and_people(
        self, console: ConsoleWorld, recruiter: Visitor, put: Put, stored: Stored
    ) -> None:
        """Each has a page of its own, and tells its own fact."""
        interview = await put()

        for part in ("title", "zone", "interviewers", "interviewee"):
            answer = await recruiter.send(at(interview, part), **FORMS[part])
            assert answer.status_code == 303

        (found,) = await stored()
        assert (found.title, found.zone) == ("Foreman", "Asia/Kathmandu")
        assert found.starts_at == STARTS
        assert [each.email for each in found.interviewers] == [
            "ivy@example.com",
            "ben@example.com",
        ]
        assert found.interviewee is not None
        assert found.interviewee.name == "Kit"
        assert (await console.told())[-4:] == [
            "interview.title_changed",
            "interview.zone_changed",
            "interview.interviewers_added",
            "interview.interviewee_added",
        ]

    @pytest.mark.fidelity("console.interviews.form-keeps")
    @pytest.mark.parametrize(
        ("part", "typed", "field", "says"),
        [
            ("time", {"time": "01:30"}, "time", "There is no 01:30 on that day"),
            ("time", {"date": "2026-02-20"}, "time", "at most 24 hours in the past"),
            ("title", {"title": "\t"}, "title", "Takes 1 to 200 characters"),
            ("zone", {"zone": "Mars"}, "zone", "is not a time zone"),
            ("interviewers", {"interviewers": ""}, "interviewers", "takes at least one"),
            (
                "interviewers",
                {"interviewers": "\n".join(f"i{n}@example.com" for n in range(49))},
                "interviewers",
                "takes at most 49, got 50",
            ),
            (
                "interviewee",
                {"interviewee_email": "kit"},
                "interviewee_email",
                "is not an e-mail",
            ),
            (
                "interviewee",
                {"interviewee_email": "IVY@example.com"},
                "interviewee_email",
                "is on the other side of the interview",
            ),
        ],
    )
    async def test_that_cannot_be_are_told_at_their_field(
        self,
        recruiter: Visitor,
        put: Put,
        stored: Stored,
        *,
        part: str,
        typed: dict[str, str],
        field: str,
        says: str,
    ) -> None:
        """The page comes back with the fault, and the interview stays what it was."""
        interview = await put()

        answer = await recruiter.send(at(interview, part), **FORMS[part] | typed)

        assert answer.status_code == 400
        assert says in answer.text.split(f'id="error-{field}"')[1].split("</p>")[0]
        assert await stored() == [interview]

    @pytest.mark.fidelity("console.interviews.once")
    @pytest.mark.parametrize("part", FORMS)
    async def test_happen_once(
        self, console: ConsoleWorld, recruiter: Visitor, put: Put, *, part: str
    ) -> None:
        """The same form, sent a second time, changes nothing and tells nobody."""
        interview = await put()
        first = await recruiter.send(at(interview, part), **FORMS[part])
        told = await console.told()

        await recruiter.http.post(
            at(interview, part),
            content=first.request.content,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

        assert first.status_code == 303
        assert await console.told() == told

    @pytest.mark.fidelity("console.interviews.untouched")
    @pytest.mark.parametrize(
        ("part", "form"),
        [
            (
                "time",
                {
                    "zone": "Europe/Dublin",
                    "date": "2026-03-02",
                    "time": "15:00",
                    "minutes": "31",
                },
            ),
            ("title", {"title": " Site manager "}),
            ("zone", {"zone": "Europe/Dublin"}),
            ("interviewers", {"interviewers": "IVY@example.com"}),
        ],
    )
    @pytest.mark.parametrize("later", [timedelta(), timedelta(days=3)])
    async def test_that_change_nothing_say_so(
        self,
        console: ConsoleWorld,
        clock: MovableClock,
        put: Put,
        stored: Stored,
        *,
        part: str,
        form: dict[str, str],
        later: timedelta,
    ) -> None:
        """A form that is sent as it was moves nothing by a second, and tells nobody."""
        interview = await put(ends_at=STARTS + timedelta(minutes=30, seconds=30))
        await clock.advance(later)
        recruiter = await console.visitor("Rui", (console.accounts.master, Role.RECRUITER))
        told = await console.told()

        answer = await recruiter.send(at(interview, part), **form)

        assert answer.headers["location"] == at(interview) + "?said=same"
        assert "Nothing changed" in await recruiter.page(answer.headers["location"])
        assert await stored() == [interview]
        assert await console.told() == told

    @pytest.mark.parametrize(
        ("typed", "begin_s", "length_s"),
        [({"time": "16:00"}, 3600, 1815), ({"minutes": "45"}, 15, 2700)],
    )
    async def test_of_one_end_keep_the_seconds_of_the_other(
        self,
        recruiter: Visitor,
        put: Put,
        stored: Stored,
        *,
        typed: dict[str, str],
        begin_s: int,
        length_s: int,
    ) -> None:
        """What no field shows stays as it is where the field is not touched."""
        begin = STARTS + timedelta(seconds=15)
        interview = await put(at=begin, ends_at=begin + timedelta(seconds=1815))
        form = {"zone": "Europe/Dublin", "date": "2026-03-02", "time": "15:00", "minutes": "31"}

        await recruiter.send(at(interview, "time"), **form | typed)

        (found,) = await stored()
        assert found.starts_at == STARTS + timedelta(seconds=begin_s)
        assert found.ends_at - found.starts_at == timedelta(seconds=length_s)

    async def test_do_not_replace_the_interviewee(
        self, recruiter: Visitor, interview: Interview, stored: Stored
    ) -> None:
        """Where there is one, the page says that nothing was changed."""
        answer = await recruiter.send(
            at(interview, "interviewee"),
            seen_on=at(interview, "title"),
            **FORMS["interviewee"],
        )

        assert answer.headers["location"] == at(interview) + "?said=unchanged"
        assert "Nothing was changed" in await recruiter.page(answer.headers["location"])
        assert await stored() == [interview]


class TestCanceling:
    @pytest.mark.fidelity("console.interviews.cancel")
    async def test_asks_first(
        self, console: ConsoleWorld, recruiter: Visitor, interview: Interview, stored: Stored
    ) -> None:
        """Looking at the page does nothing; its button cancels, and nothing changes after."""
        asked = await recruiter.page(at(interview, "cancel"))
        before = await stored()

        answer = await recruiter.send(at(interview, "cancel"))

        (found,) = await stored()
        shown = await recruiter.page(answer.headers["location"])
        assert "It cannot be brought back." in asked
        assert before == [interview]
        assert found.canceled_at is not None
        assert "The interview is canceled" in shown
        assert "Reschedule" not in shown
        assert (await console.told())[-1] == "interview.canceled"
        later = await recruiter.send(
            at(interview, "title"), seen_on="/console/interviews/new", **FORMS["title"]
        )
        assert later.headers["location"] == at(interview) + "?said=unchanged"
        assert await stored() == [found]


class TestWhoMay:
    @pytest.mark.fidelity("console.interviews.roles")
    @pytest.mark.parametrize("part", FORMS)
    @pytest.mark.parametrize("role", [Role.ADMIN, Role.RECRUITER])
    async def test_admins_and_recruiters_change(
        self, console: ConsoleWorld, put: Put, stored: Stored, *, role: Role, part: str
    ) -> None:
        """Both do whatever there is to do."""
        interview = await put()
        rui = await console.visitor("Rui", (console.accounts.master, role))

        answer = await rui.send(at(interview, part), **FORMS[part])

        assert answer.status_code == 303
        assert await stored() != [interview]

    @pytest.mark.fidelity("console.interviews.roles")
    @pytest.mark.parametrize("part", FORMS)
    async def test_viewers_look(
        self, console: ConsoleWorld, put: Put, stored: Stored, *, part: str
    ) -> None:
        """They see it without buttons and without the candidate's link, and change nothing."""
        interview = await put(interviewee=NewInterviewee(name="Casey", email="c@example.com"))
        vera = await console.visitor("Vera", (console.accounts.master, Role.VIEWER))
        assert interview.interviewee is not None

        shown = await vera.page(at(interview))
        looked = await vera.get(at(interview, part))
        sent = await vera.send(at(interview, part), seen_on="/console", once="1", **FORMS[part])

        assert "Casey" in shown
        assert interview.lobby_token in shown
        assert interview.interviewee.lobby_token not in shown
        assert "Reschedule" not in shown
        assert (looked.status_code, sent.status_code) == (403, 403)
        assert await stored() == [interview]

    @pytest.mark.fidelity("console.interviews.strangers")
    @pytest.mark.parametrize("part", ["", *FORMS])
    @pytest.mark.parametrize("role", [Role.MEMBER, None])
    async def test_strangers_find_nothing(
        self, console: ConsoleWorld, put: Put, stored: Stored, *, role: Role | None, part: str
    ) -> None:
        """Members who do not interview, and admins of another employer, learn nothing."""
        interview = await put()
        world = console.accounts
        roles = [(world.master, role)] if role else [(world.stranger, Role.ADMIN)]
        eve = await console.visitor("Eve", *roles)

        answers = [await eve.get(at(interview, part))]
        if part:
            form = {"once": "1", **FORMS[part]}
            answers.append(await eve.send(at(interview, part), seen_on="/console", **form))

        unknown = await eve.get(f"/console/interviews/{UUID(int=7)}")
        assert {each.status_code for each in answers} == {404}
        assert answers[0].text == unknown.text
        assert await stored() == [interview]

    @pytest.mark.fidelity("console.interviews.interviewers")
    async def test_interviewers_change_their_own(
        self, console: ConsoleWorld, put: Put, stored: Stored
    ) -> None:
        """Who interviews, by a verified address in any case, needs no role."""
        ivy, interview = await interviewing(console, put, verified=True)

        answer = await ivy.send(at(interview, "title"), **FORMS["title"])

        (found,) = await stored()
        assert answer.status_code == 303
        assert found.title == "Foreman"
        assert "Reschedule" in await ivy.page(at(interview))

    @pytest.mark.fidelity("console.interviews.interviewers")
    async def test_an_unverified_address_is_nobodys(
        self, console: ConsoleWorld, put: Put, stored: Stored
    ) -> None:
        """Typing an interviewer's address at the sign-up opens nothing."""
        ivy, interview = await interviewing(console, put, verified=False)

        shown = await ivy.get(at(interview))
        sent = await ivy.send(
            at(interview, "title"), seen_on="/console", once="1", **FORMS["title"]
        )

        assert (shown.status_code, sent.status_code) == (404, 404)
        assert await stored() == [interview]

    @pytest.mark.fidelity("console.csrf")
    @pytest.mark.parametrize("part", FORMS)
    async def test_forms_of_others_do_nothing(
        self, recruiter: Visitor, put: Put, stored: Stored, *, part: str
    ) -> None:
        """Without the token of the page a form changes nothing."""
        interview = await put()
        await recruiter.get(at(interview))

        answer = await recruiter.http.post(
            at(interview, part), data={"once": "1", "csrf": "x", **FORMS[part]}
        )

        assert answer.status_code == 403
        assert await stored() == [interview]
