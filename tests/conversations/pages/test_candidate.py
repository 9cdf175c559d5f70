"""The candidate's page, over HTTP and on both databases."""

import asyncio
import re

import pytest
from structlog.testing import capture_logs

from hirewire.conversations.attachments import Attachment
from hirewire.conversations.model import Draft
from hirewire.conversations.windows import Window
from hirewire.realtime.model import conversation_topic
from tests.conversations.pages.site import Site, hidden
from tests.fixtures.background import until


class TestReading:
    @pytest.mark.fidelity("pages.candidate.link")
    async def test_shows_the_thread_to_who_has_the_link(self, site: Site) -> None:
        """They see who wrote what, of which employer, and whether they may change it."""
        _, token = await site.start(subject="Baker")
        await site.answer(token, "May I bring my dog?")
        robin = await site.candidate(token)

        page = await robin.page()

        assert "Hello Robin" in page
        assert "With Acme" in page
        assert "May I bring my dog?" in page
        assert page.count("?edit=") == 1

    @pytest.mark.fidelity("pages.candidate.wrong-link")
    async def test_tells_nothing_to_who_has_not(self, site: Site) -> None:
        """A guessed token and one that was rotated away get the same page, and no stream."""
        thread, token = await site.start()
        async with site.parts.db.unit() as uow:
            await site.parts.conversations.candidates.rotate_links(uow, thread.id)
        guests = [await site.candidate(each) for each in (token, "A" * 32)]

        pages = [await each.http.get(each.path) for each in guests]
        streams = [await each.http.get(f"{each.path}/events") for each in guests]

        assert [each.status_code for each in [*pages, *streams]] == [404] * 4
        assert "Robin" not in pages[0].text
        assert "/console" not in pages[0].text
        names = [re.sub(r"[0-9a-f]{32}", "", each.text) for each in pages]
        assert names[0] == names[1]
        assert await site.told() == [
            "opened",
            "participant_added",
            "message_sent",
            "links_rotated",
        ]

    @pytest.mark.fidelity("pages.candidate.private")
    async def test_keeps_the_link_to_itself(self, site: Site) -> None:
        """No referrer leaves the page, no cache keeps it, and no log names the token."""
        thread, token = await site.start()
        robin = await site.candidate(token)
        topic = conversation_topic(thread.id)

        with capture_logs() as lines:
            answer = await robin.http.get(robin.path)
            async with asyncio.TaskGroup() as group:
                stream = group.create_task(robin.http.get(f"{robin.path}/events"))
                await until(lambda: site.parts.hub.listeners(topic))
                site.parts.hub.close_all()
            await robin.http.get(f"{robin.path}/nothing")

        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert stream.result().status_code == 200
        assert "/conversations/{token}" in str(lines)
        assert token not in str(lines)

    @pytest.mark.fidelity("pages.read-on-view")
    async def test_is_read_when_it_is_looked_at(self, site: Site) -> None:
        """Looking once more changes nothing; who looks ahead or checks the link reads not."""
        _, token = await site.start()
        robin = await site.candidate(token)
        await robin.http.get(robin.path, headers={"sec-purpose": "prefetch"})
        await robin.http.head(robin.path)
        before = await site.told()

        await robin.page()
        await robin.page()

        assert before == ["opened", "participant_added", "message_sent"]
        assert (await site.told())[3:] == ["read"]

    @pytest.mark.fidelity("pages.attachments")
    async def test_shows_attachments_as_links(self, site: Site) -> None:
        """What lies elsewhere learns nothing of the page that led there."""
        thread, token = await site.start()
        file = Attachment(
            name="a.pdf",
            url="https://x.example/a",
            media_type="application/pdf",
            size_bytes=2048,
        )
        async with site.parts.db.unit() as uow:
            draft = Draft(text="Look", attachments=(file,))
            await site.parts.conversations.send(uow, site.caller("Pat"), thread.id, draft)

        page = await (await site.candidate(token)).page()

        assert 'href="https://x.example/a" target="_blank" rel="noopener noreferrer"' in page
        assert "2 KB" in page

    @pytest.mark.fidelity("pages.older")
    async def test_shows_the_last_fifty_and_the_way_to_the_others(self, site: Site) -> None:
        """A page of older messages is not live, and leads back."""
        thread, token = await site.start("Number 0")
        for number in range(1, 52):
            await site.say(thread.id, f"Number {number}.")
        robin = await site.candidate(token)

        page = await robin.page()
        older = re.search(r'href="([^"]+\?before=[^"]+)"', page)
        assert older is not None
        second = await robin.page(older[1])

        assert "Number 2." in page
        assert "Number 1." not in page
        assert "Number 1." in second
        assert "data-events" not in second


class TestWriting:
    @pytest.mark.fidelity("pages.write")
    async def test_writes_once_whatever_the_browser_does(self, site: Site) -> None:
        """The same form sent twice is one message."""
        _, token = await site.start()
        robin = await site.candidate(token)
        form = hidden(await robin.page()) | {"text": "مرحبا"}

        answers = [await robin.http.post(f"{robin.path}/write", data=form) for _ in range(2)]

        assert [each.status_code for each in answers] == [303, 303]
        assert (await robin.page()).count("مرحبا") == 1
        assert (await site.told()).count("message_sent") == 2

    @pytest.mark.fidelity("pages.write")
    async def test_keeps_what_a_form_that_is_used_up_says(self, site: Site) -> None:
        """Who goes back and writes something else is asked first, and can send it then."""
        _, token = await site.start()
        robin = await site.candidate(token)

        found = await site.write_anew(robin, "Two")

        assert found.asked.status_code == 409
        assert "You sent something else by this form before." in found.asked.text
        assert ">\nTwo</textarea>" in found.asked.text
        assert found.told.count("message_sent") == 2
        assert found.sent.status_code == 303
        assert (await site.told()).count("message_sent") == 3

    @pytest.mark.fidelity("pages.write")
    async def test_ends_lines_as_they_were_typed(self, site: Site) -> None:
        """A browser's CR LF is neither kept, nor counted, nor an edit of what had none."""
        _, token = await site.start()
        poem = await site.answer(token, "One\nTwo")
        robin = await site.candidate(token)

        same = await robin.send("/write", message=str(poem), text="One\r\nTwo")
        long = await robin.send("/write", text="x" + "\r\n" * 9_998 + "x")

        assert (same.status_code, long.status_code) == (303, 303)
        async with site.parts.db.read() as reader:
            kept = await site.parts.conversations.candidates.messages(reader, token, Window())
        assert [(each.text, each.revision) for each in kept.messages[1:]] == [
            ("One\nTwo", 0),
            ("x" + "\n" * 9_998 + "x", 0),
        ]
        assert "message_edited" not in await site.told()

    @pytest.mark.fidelity("pages.change-own")
    async def test_edits_and_deletes_their_own(self, site: Site) -> None:
        """What was edited says so, and of what was deleted the place stays."""
        _, token = await site.start()
        ids = [await site.answer(token, each) for each in ("Helo", "Oops")]
        robin = await site.candidate(token)

        form = await robin.page(f"{robin.path}?edit={ids[0]}")
        await robin.send("/write", message=str(ids[0]), text="Hello!")
        await robin.send("/delete", message=str(ids[1]))
        page = await robin.page()

        assert "Edit your message" in form
        assert ">\nHelo</textarea>" in form
        assert "Hello!" in page
        assert "edited" in page
        assert "This message was deleted." in page
        assert "Oops" not in page

    @pytest.mark.fidelity("pages.change-own")
    async def test_changes_nothing_of_the_employers(self, site: Site) -> None:
        """Neither is a form shown for it, nor does one work."""
        thread, token = await site.start()
        message = str(await site.say(thread.id, "Ours"))
        robin = await site.candidate(token)

        answers = [
            await robin.send("/write", message=message, text="Mine"),
            await robin.send("/delete", message=message),
            await robin.send("/delete", message="nonsense"),
        ]

        assert [each.status_code for each in answers] == [404, 404, 404]
        assert "Ours" in await robin.page()
        assert "Mine" not in await robin.page()

    @pytest.mark.fidelity("pages.refused-text")
    async def test_keeps_what_cannot_be_sent_in_the_form(self, site: Site) -> None:
        """Too long a text, and one too many, are still there to be changed or sent later."""
        _, token = await site.start()
        robin = await site.candidate(token)

        long = await robin.send("/write", text="x" * 10_001)
        blank = await robin.send("/write", text="  ")
        statuses = [(await robin.send("/write", text="Hi")).status_code for _ in range(13)]
        last = await robin.send("/write", text="One too many")

        assert (long.status_code, blank.status_code) == (400, 400)
        assert "at most 10,000 characters" in long.text
        assert "x" * 10_001 in long.text
        assert statuses == [303] * 13
        assert (last.status_code, last.headers["retry-after"]) == (429, "5")
        assert "Try again in 5 s." in last.text
        assert ">\nOne too many</textarea>" in last.text
        assert (await site.told()).count("message_sent") == 14

    @pytest.mark.fidelity("pages.threads-csrf")
    async def test_takes_forms_of_its_own_pages_only(self, site: Site) -> None:
        """Somebody else's page cannot write in the candidate's name."""
        _, token = await site.start()
        robin = await site.candidate(token)

        answer = await robin.http.post(f"{robin.path}/write", data={"text": "I quit"})

        assert answer.status_code == 403
        assert (await site.told()).count("message_sent") == 1
