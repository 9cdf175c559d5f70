"""When a candidate is mailed that something waits for them, on both databases."""

import re
from datetime import timedelta

import pytest

from hirewire.runtime.mail import MailRefused
from tests.conversations.pages.site import BASE_URL, Site

WAIT_MIN = 2
A_DAY = timedelta(days=1)
NEVER = MailRefused(is_permanent=True, reply=552, reason="mailbox full")
ROBINS = ("robin@example.org",)


def subjects(site: Site) -> list[str]:
    """Name the mails that Robin got."""
    mails = site.mailbox.mails()
    return [each.subject for each in mails if each.to == ROBINS]


def links(site: Site) -> list[str]:
    """List where the links in Robin's mails lead."""
    mails = [each for each in site.mailbox.mails() if each.to == ROBINS]
    return [re.findall(rf"{BASE_URL}(/conversations/\S+)", each.text)[0] for each in mails]


async def settle_earlier(site: Site, ago: timedelta) -> None:
    """Have all mails be settled so long ago; whoever polls would stop such a wait too often."""
    async with site.parts.db.unit() as uow:
        await uow.run("UPDATE mails SET settled_at = :at", at=uow.now - ago)


class TestTelling:
    @pytest.mark.fidelity("mails.candidate.told", "mails.candidate.link")
    async def test_tells_of_what_waits_unread(self, site: Site) -> None:
        """The mail comes two minutes after, says how much, and its link leads to the page."""
        thread, _ = await site.start(subject="Baker")
        await site.say(thread.id, "When can you start?")

        await site.wait(minutes=WAIT_MIN, seconds=-1)
        early = subjects(site)
        await site.wait(seconds=1)

        assert early == []
        assert subjects(site) == ["Acme wrote to you"]
        (mail,) = (each for each in site.mailbox.mails() if each.to == ROBINS)
        assert "2 messages wait for you" in mail.text
        assert "When can you start?" not in mail.text
        page = await (await site.browser(links(site)[0])).page()
        assert "When can you start?" in page

    @pytest.mark.fidelity("mails.candidate.once")
    async def test_tells_once_for_all_that_is_not_read(self, site: Site) -> None:
        """However much comes after the mail; and again once what came was read."""
        thread, token = await site.start()
        await site.wait(minutes=WAIT_MIN)
        await site.say(thread.id, "Hello?")
        await site.wait(minutes=WAIT_MIN)
        once = subjects(site)

        await (await site.candidate(token)).page()
        await site.say(thread.id, "Thank you")
        await site.wait(minutes=WAIT_MIN)

        assert once == ["Acme wrote to you"]
        assert subjects(site) == ["Acme wrote to you"] * 2
        assert len(set(links(site))) == 2

    @pytest.mark.fidelity("mails.candidate.bounced")
    async def test_tries_again_a_day_after_a_mail_bounced(self, site: Site) -> None:
        """With the next message, for all that waits; one that comes sooner sends no other."""
        thread, _ = await site.start()
        site.mailbox.refusal = NEVER
        await site.wait(minutes=WAIT_MIN)
        site.mailbox.refusal = None
        await site.say(thread.id, "Hello?")
        await site.wait(minutes=WAIT_MIN)
        at_once = subjects(site)
        await settle_earlier(site, A_DAY - timedelta(minutes=WAIT_MIN, seconds=1))
        await site.say(thread.id, "Hello?")
        await site.wait(minutes=WAIT_MIN)
        within_a_day = subjects(site)

        await settle_earlier(site, A_DAY)
        await site.say(thread.id, "Are you still interested?")
        await site.wait(minutes=WAIT_MIN)

        assert [at_once, within_a_day] == [[], []]
        assert subjects(site) == ["Acme wrote to you"]
        (mail,) = (each for each in site.mailbox.mails() if each.to == ROBINS)
        assert "4 messages wait for you" in mail.text

    @pytest.mark.fidelity("mails.candidate.live")
    async def test_does_not_tell_who_reads_meanwhile(self, site: Site) -> None:
        """What comes a minute later has its own two minutes."""
        thread, token = await site.start()
        await site.wait(minutes=1)
        await (await site.candidate(token)).page()
        await site.say(thread.id, "One more thing")

        await site.wait(minutes=1)
        first = subjects(site)
        await site.wait(minutes=1)

        assert first == []
        assert subjects(site) == ["Acme wrote to you"]

    @pytest.mark.fidelity("mails.candidate.live")
    async def test_does_not_tell_of_what_is_gone(self, site: Site) -> None:
        """A message that was deleted, and one of the candidate's own, wait for nobody."""
        thread, token = await site.start()
        await (await site.candidate(token)).page()
        message = await site.say(thread.id, "Sorry, wrong person")
        await site.answer(token, "Hello?")
        async with site.parts.db.unit() as uow:
            await site.parts.conversations.delete(uow, site.caller("Pat"), message)

        await site.wait(minutes=5)

        assert subjects(site) == []

    @pytest.mark.fidelity("mails.candidate.no-token")
    async def test_keeps_the_token_nowhere(self, site: Site) -> None:
        """Neither the waiting mail nor the table of links holds what opens the thread."""
        await site.start()
        await site.wait(minutes=WAIT_MIN)
        token = links(site)[0].rpartition("/")[2]

        async with site.parts.db.read() as reader:
            rows = await reader.all(
                lambda *row: repr(row), "SELECT id, body, told, last_error FROM mails"
            )
            kept = await reader.all(lambda *row: repr(row), "SELECT * FROM conversation_links")

        assert len(token) == 32
        assert len(kept) == 2
        assert token not in "".join([*rows, *kept])

    @pytest.mark.fidelity("mails.candidate.rotated")
    async def test_sends_no_link_that_was_rotated_away(self, site: Site) -> None:
        """A mail that is composed after the links were rotated does not leave."""
        thread, _ = await site.start()
        await site.wait(minutes=WAIT_MIN)
        old = links(site)
        async with site.parts.db.unit() as uow:
            await site.parts.conversations.candidates.rotate_links(uow, thread.id)

        answer = await (await site.browser()).http.get(old[0])

        assert answer.status_code == 404
