"""Who is told what, how often: from the change of an interview to the mails that leave."""

from datetime import timedelta

import pytest

from hirewire.interviews.changes import SetTitle
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.runtime.mail import prune_mails
from tests.interviews.invitations.post import BASE, CALLER, START, Post, item_of

ADA = "ada@kestrel.example"
RUI = "rui@kestrel.example"
MEI = "mei@kestrel.example"


class TestScheduled:
    @pytest.mark.fidelity("invitations.interviewers-are-invited")
    async def test_every_interviewer_is_invited_once(self, any_post: Post) -> None:
        """Each interviewer gets one invitation, and the interviewee nothing yet."""
        await any_post.schedule()

        assert any_post.taken() == [(ADA, "Invitation"), (RUI, "Invitation")]
        assert await any_post.states() == {"sent": 2}

    @pytest.mark.fidelity("invitations.lobby-link")
    async def test_the_invitation_carries_the_interviewers_link(self, post: Post) -> None:
        """Text, HTML and calendar item lead to the interviewers' lobby, not the candidate's."""
        interview = await post.schedule()

        url = LobbyUrls(BASE).of(interview.lobby_token)
        assert interview.interviewee is not None
        for mail in post.sink.mails:
            event = item_of(mail).events[0]
            assert url in mail.text
            assert f'href="{url}"' in mail.html
            assert (str(event["url"]), str(event["location"])) == (url, url)
            assert interview.interviewee.lobby_token not in mail.text + mail.html

    async def test_the_same_change_twice_tells_once(self, post: Post) -> None:
        """A title that is set to what it is changes nothing, and nobody hears of it."""
        interview = await post.schedule()
        post.taken()

        await post.retitle(interview.id, interview.title)

        assert post.taken() == []


class TestChanged:
    @pytest.mark.fidelity("invitations.updated-in-place")
    async def test_a_new_time_updates_every_item(self, any_post: Post) -> None:
        """Each interviewer gets the new time once, under the old UID with the next SEQUENCE."""
        interview = await any_post.schedule()
        first = {mail.to.email: item_of(mail).events[0] for mail in any_post.sink.mails}
        any_post.taken()

        await any_post.reschedule(interview.id, START + timedelta(days=1))

        second = {mail.to.email: item_of(mail).events[0] for mail in any_post.sink.mails}
        assert any_post.taken() == [(ADA, "Updated"), (RUI, "Updated")]
        for email, event in second.items():
            assert event["uid"] == first[email]["uid"] == f"{interview.id}@hire.example"
            assert (first[email]["sequence"], event["sequence"]) == (0, 1)
            assert event.start == START + timedelta(days=1)

    async def test_an_update_says_what_was(self, post: Post) -> None:
        """The mail shows the new title, and beside it the one that its reader knew."""
        interview = await post.schedule()
        post.taken()

        await post.retitle(interview.id, "Second talk")

        text = post.sink.mails[0].text
        assert "  Second talk\n  Before: Interview with Candidate\n" in text
        assert text.count("Before:") == 1

    async def test_another_zone_updates_everybody(self, post: Post) -> None:
        """The moment stays the same in the item; the text shows it in the new zone."""
        interview = await post.schedule()
        post.taken()

        await post.set_zone(interview.id, "Asia/Kathmandu")

        mail = post.sink.mails[0]
        assert item_of(mail).events[0].start == START
        assert "7:45\u00a0PM \u2013 8:45\u00a0PM\n  GMT+05:45, Asia/Kathmandu" in mail.text
        assert post.taken() == [(ADA, "Updated"), (RUI, "Updated")]

    @pytest.mark.fidelity("invitations.added-are-invited")
    async def test_who_is_added_is_invited_and_the_others_updated(self, any_post: Post) -> None:
        """The newcomer is invited; those who are there get the longer list; none twice."""
        interview = await any_post.schedule()
        any_post.taken()

        await any_post.add_interviewers(interview.id, MEI, ADA)

        attendees = [len(item_of(mail).events[0].attendees) for mail in any_post.sink.mails]
        assert any_post.taken() == [(ADA, "Updated"), (MEI, "Invitation"), (RUI, "Updated")]
        assert attendees == [3, 3, 3]

    async def test_the_candidate_is_named_to_interviewers_only(self, post: Post) -> None:
        """An interviewee who is added later is shown in updates, and gets no mail."""
        interview = await post.schedule(interviewee=None)
        post.taken()

        await post.add_interviewee(interview.id)

        assert "  Jordan Kim\n  Before: not named yet\n" in post.sink.mails[0].text
        assert post.taken() == [(ADA, "Updated"), (RUI, "Updated")]

    @pytest.mark.fidelity("invitations.outcome-of-quick-changes")
    async def test_quick_changes_are_told_by_their_outcome(self, post: Post) -> None:
        """Of two changes before anybody was told of the first, each hears the outcome, once."""
        interview = await post.schedule()
        post.taken()

        async with post.db.unit() as uow:
            for title in ("One", "Two"):
                await post.interviews.set_title(
                    uow, CALLER, SetTitle(id=interview.id, title=title)
                )
        await post.settle()

        events = [item_of(mail).events[0] for mail in post.sink.mails]
        assert [(str(e["summary"]), e["sequence"]) for e in events] == [("Two", 2)] * 2


class TestCanceled:
    @pytest.mark.fidelity("invitations.canceled")
    async def test_every_interviewer_is_told_once(self, any_post: Post) -> None:
        """The item is canceled under its UID, with the next SEQUENCE; again tells nobody."""
        interview = await any_post.schedule()
        any_post.taken()

        await any_post.cancel(interview.id)
        await any_post.cancel(interview.id)

        items = [item_of(mail) for mail in any_post.sink.mails]
        assert any_post.taken() == [(ADA, "Canceled"), (RUI, "Canceled")]
        for item in items:
            event = item.events[0]
            assert (str(item["method"]), str(event["status"])) == ("CANCEL", "CANCELLED")
            assert (event["uid"], event["sequence"]) == (f"{interview.id}@hire.example", 1)

    async def test_a_canceled_mail_leads_nowhere(self, post: Post) -> None:
        """There is no link into a lobby that will not open."""
        interview = await post.schedule()
        post.taken()

        await post.cancel(interview.id)

        mail = post.sink.mails[0]
        assert interview.lobby_token not in mail.text + mail.html


class TestOver:
    @pytest.mark.fidelity("invitations.nothing-about-what-is-over")
    @pytest.mark.parametrize("later", [timedelta(hours=2), timedelta(days=40)])
    async def test_nobody_is_told_what_changes_afterwards(
        self, post: Post, later: timedelta
    ) -> None:
        """Of what is over nobody hears, not even where it is forgotten what they were told."""
        interview = await post.schedule()
        await post.clock.move_to(START + later)
        async with post.db.unit() as uow:
            await prune_mails(uow, 100)
        post.taken()

        await post.retitle(interview.id, "Another")
        await post.set_zone(interview.id, "Asia/Tokyo")
        await post.add_interviewers(interview.id, MEI)
        await post.cancel(interview.id)

        assert post.taken() == []

    async def test_all_are_told_of_another_day(self, post: Post) -> None:
        """An interview that was missed, and moved to a day to come, is not over any more."""
        interview = await post.schedule()
        await post.clock.move_to(START + timedelta(days=2))
        post.taken()

        await post.reschedule(interview.id, START + timedelta(days=3))

        assert post.taken() == [(ADA, "Updated"), (RUI, "Updated")]

    async def test_who_expects_it_is_told_that_it_was(self, post: Post) -> None:
        """Where it is moved to a time that has passed, calendars do not keep the old one."""
        interview = await post.schedule()
        await post.clock.move_to(START - timedelta(minutes=5))
        post.taken()

        await post.reschedule(interview.id, START - timedelta(hours=2))
        await post.retitle(interview.id, "Another")

        assert post.taken() == [(ADA, "Updated"), (RUI, "Updated")]
