"""The interviewee's reminder, by a clock that a test moves."""

from datetime import timedelta

import pytest

from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.runtime.mail import MailRefused
from tests.fixtures.database import MORNING
from tests.interviews.invitations.post import BASE, START, Post

JORDAN = "jordan@people.example"
LEAD = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


class TestReminder:
    @pytest.mark.fidelity("invitations.reminder")
    async def test_leaves_once_a_few_minutes_before(self, any_post: Post) -> None:
        """A second before its time nothing left; then one mail did, and no other follows."""
        await any_post.schedule()
        any_post.taken()

        await any_post.clock.move_to(START - LEAD - SECOND)
        before = any_post.taken()
        await any_post.clock.move_to(START - LEAD)
        then = any_post.taken()
        await any_post.clock.move_to(START + timedelta(hours=2))

        assert (before, then) == ([], [(JORDAN, "Reminder")])
        assert any_post.taken() == []

    @pytest.mark.fidelity("invitations.reminder.link")
    async def test_carries_the_candidates_link_and_no_colleague(self, post: Post) -> None:
        """The link is the interviewee's own; no interviewer's address or item goes along."""
        interview = await post.schedule()
        post.taken()

        await post.clock.move_to(START - LEAD)

        (mail,) = post.sink.mails
        assert interview.interviewee is not None
        url = LobbyUrls(BASE).of(interview.interviewee.lobby_token)
        assert url in mail.text
        assert f'href="{url}"' in mail.html
        assert interview.lobby_token not in mail.text + mail.html
        assert "kestrel.example" not in mail.text + mail.html
        assert mail.calendar is None

    @pytest.mark.fidelity("invitations.reminder.follows-the-time")
    async def test_follows_a_later_time(self, any_post: Post) -> None:
        """Nothing leaves at the old time, one mail before the new one."""
        interview = await any_post.schedule()
        await any_post.reschedule(interview.id, START + timedelta(hours=3))
        any_post.taken()

        await any_post.clock.move_to(START + timedelta(hours=2))
        at_the_old = any_post.taken()
        await any_post.clock.move_to(START + timedelta(hours=5))

        assert (at_the_old, any_post.taken()) == ([], [(JORDAN, "Reminder")])

    async def test_follows_an_earlier_time(self, post: Post) -> None:
        """One mail leaves before the new time, and none before the old one."""
        interview = await post.schedule()
        await post.reschedule(interview.id, START - timedelta(days=1))
        post.taken()

        await post.clock.move_to(START - timedelta(days=1))
        before_the_new = post.taken()
        await post.clock.move_to(START + timedelta(days=1))

        assert (before_the_new, post.taken()) == ([(JORDAN, "Reminder")], [])

    async def test_is_not_repeated_for_another_title(self, post: Post) -> None:
        """Who was reminded of this time is not reminded again of what else changes."""
        interview = await post.schedule()
        await post.clock.move_to(START - LEAD)
        post.taken()

        await post.retitle(interview.id, "Another title")
        await post.clock.move_to(START + timedelta(hours=2))

        assert [mail for mail in post.taken() if mail[0] == JORDAN] == []

    async def test_comes_again_for_a_time_that_is_new(self, post: Post) -> None:
        """Moved after the reminder, an interview is reminded of at its new time."""
        interview = await post.schedule()
        await post.clock.move_to(START - LEAD)
        await post.reschedule(interview.id, START + timedelta(days=1))
        post.taken()

        await post.clock.move_to(START + timedelta(days=2))

        assert post.taken() == [(JORDAN, "Reminder")]

    async def test_is_not_repeated_for_a_time_that_came_back(self, post: Post) -> None:
        """Moved away and back, an interview is reminded of once."""
        interview = await post.schedule()
        await post.reschedule(interview.id, START + timedelta(days=1))
        await post.reschedule(interview.id, START)
        post.taken()

        await post.clock.move_to(START + timedelta(days=3))

        assert post.taken() == [(JORDAN, "Reminder")]

    async def test_does_not_come_for_a_canceled_interview(self, any_post: Post) -> None:
        """Nobody is asked to come to what does not take place."""
        interview = await any_post.schedule()
        await any_post.cancel(interview.id)
        any_post.taken()

        await any_post.clock.move_to(START + timedelta(hours=2))

        assert any_post.taken() == []

    @pytest.mark.fidelity("invitations.reminder.at-once")
    async def test_comes_at_once_for_what_is_near(self, post: Post) -> None:
        """What is closer than the lead is reminded of now; what has begun, never."""
        await post.schedule(
            starts_at=MORNING + timedelta(minutes=5), ends_at=MORNING + timedelta(hours=1)
        )
        near = [mail for mail in post.taken() if mail[0] == JORDAN]
        await post.schedule(
            starts_at=MORNING - timedelta(minutes=5), ends_at=MORNING + timedelta(hours=1)
        )

        assert near == [(JORDAN, "Reminder")]
        assert [mail for mail in post.taken() if mail[0] == JORDAN] == []

    async def test_comes_for_an_interviewee_who_was_added(self, post: Post) -> None:
        """Who is named after the interview was scheduled is reminded like anybody."""
        interview = await post.schedule(interviewee=None)
        await post.add_interviewee(interview.id)
        post.taken()

        await post.clock.move_to(START)

        assert post.taken() == [(JORDAN, "Reminder")]

    @pytest.mark.fidelity("invitations.reminder.never-late")
    async def test_waits_no_longer_than_it_is_true(self, any_post: Post) -> None:
        """One that the mail server deferred is dropped once the interview was moved."""
        interview = await any_post.schedule()
        any_post.taken()
        any_post.sink.refusal = MailRefused(is_permanent=False, reply=451, reason="later")
        await any_post.clock.move_to(START - LEAD)

        await any_post.reschedule(interview.id, START + timedelta(days=1))
        any_post.sink.refusal = None
        await any_post.clock.move_to(START + timedelta(hours=12))

        assert [mail for mail in any_post.taken() if mail[0] == JORDAN] == []
        assert (await any_post.states())["withdrawn"] == 1

    async def test_comes_after_one_was_dropped_for_a_time_that_came_back(
        self, any_post: Post
    ) -> None:
        """Who was to be reminded of this time and never was, is reminded of it after all."""
        interview = await any_post.schedule()
        any_post.taken()
        any_post.sink.refusal = MailRefused(is_permanent=False, reply=451, reason="later")
        await any_post.clock.move_to(START - LEAD)
        await any_post.reschedule(interview.id, START + timedelta(days=1))
        any_post.sink.refusal = None
        await any_post.clock.move_to(START - timedelta(minutes=5))
        dropped = (await any_post.states())["withdrawn"]

        await any_post.reschedule(interview.id, START)
        await any_post.clock.move_to(START + timedelta(hours=2))

        assert dropped == 1
        assert [mail for mail in any_post.taken() if mail[0] == JORDAN] == [
            (JORDAN, "Reminder")
        ]
