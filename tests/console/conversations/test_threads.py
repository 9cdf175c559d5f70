"""The console's pages of threads, over HTTP and on both databases."""

import re
from collections.abc import AsyncIterator

import pytest

from hirewire.kit.clock import MovableClock
from tests.conversations.pages.site import BASE_URL, Site, hidden, running_site

LIST = "/console/conversations"
THREADS = re.compile(r'id="thread-([^"]+)"')


@pytest.fixture
async def site(database_url: str, clock: MovableClock) -> AsyncIterator[Site]:
    """A server on each kind of database in turn."""
    async with running_site(database_url, clock) as site:
        yield site


class TestList:
    @pytest.mark.fidelity("console.threads.list", "console.threads.unread")
    async def test_counts_what_the_reader_has_not_read(self, site: Site) -> None:
        """Each thread says with whom, what about, and how much is new; so does the title."""
        thread, token = await site.start(subject="Baker", posting_id="job-7")
        await site.answer(token, "Hello")
        await site.answer(token, "Still there?")
        pat = await site.signed_in("Pat")

        before = await pat.page()
        await pat.page(f"{LIST}/{thread.id}")
        after = await pat.page()

        assert "<title>(2) Conversations · hirewire</title>" in before
        assert "2 <span>unread</span>" in before
        for each in ("Robin Reyes", "Baker", "Posting job-7"):
            assert each in before
        assert "<title>Conversations · hirewire</title>" in after
        assert "<span>unread</span>" not in after

    @pytest.mark.fidelity("console.threads.filter")
    async def test_is_filtered_by_what_is_unread_and_by_posting(self, site: Site) -> None:
        """A filter that is not offered is refused."""
        one, token = await site.start(posting_id="job-7")
        other, _ = await site.start(posting_id="job-8")
        await site.answer(token, "Hello")
        pat = await site.signed_in("Pat")

        unread = THREADS.findall(await pat.page(f"{LIST}?show=unread"))
        posting = THREADS.findall(await pat.page(f"{LIST}?posting=job-8"))
        none = await pat.page(f"{LIST}?posting=job-9")
        refused = [
            (await pat.http.get(f"{LIST}?{query}")).status_code
            for query in ("show=all", f"employer={site.employers['Globex'].id.hex}")
        ]

        assert (unread, posting) == ([str(one.id)], [str(other.id)])
        assert "None like that" in none
        assert refused == [400, 400]

    @pytest.mark.fidelity("console.threads.pages")
    async def test_has_pages_of_twenty(self, site: Site) -> None:
        """Each thread is on one of them, the newest activity first."""
        made = [str((await site.start(f"Number {number}"))[0].id) for number in range(21)]
        pat = await site.signed_in("Pat")

        first = await pat.page()
        more = re.search(r'href="([^"]+after=[^"]+)"', first)
        assert more is not None
        second = await pat.page(more[1])

        shown = THREADS.findall(first) + THREADS.findall(second)
        assert len(THREADS.findall(first)) == 20
        assert sorted(shown) == sorted(made)

    @pytest.mark.fidelity("console.threads.own")
    async def test_shows_nothing_of_another_employer(self, site: Site) -> None:
        """Neither in the list nor at the address of a thread, whatever is done there."""
        thread, _ = await site.start()
        gus = await site.signed_in("Gus")
        there = gus.at(LIST)

        seen = await gus.page()
        answers = [
            await gus.http.get(f"{LIST}/{thread.id}"),
            await gus.http.get(f"{LIST}/nonsense"),
            await there.send(f"/{thread.id}/write", text="Hi"),
            await there.send(f"/{thread.id}/delete", message=str(thread.id)),
            await there.send(f"/{thread.id}/people", email="gus@example.com"),
        ]

        assert "No conversations yet" in seen
        assert [each.status_code for each in answers] == [404] * 5
        assert await site.told() == ["opened", "participant_added", "message_sent"]


class TestThread:
    @pytest.mark.fidelity("console.threads.write", "console.threads.seen")
    async def test_is_written_in_and_shows_what_was_read(self, site: Site) -> None:
        """A form that is sent twice writes once; the candidate's looking shows."""
        thread, token = await site.start()
        pat = await site.signed_in("Pat", f"{LIST}/{thread.id}")
        form = hidden(await pat.page()) | {"text": "When?"}

        for _ in range(2):
            await pat.http.post(f"{pat.path}/write", data=form)
        unseen = await pat.page()
        await (await site.candidate(token)).page()
        seen = await pat.page()

        assert seen.count("When?") == 1
        assert "Read by the candidate" not in unseen
        assert "Read by the candidate" in seen

    @pytest.mark.fidelity("console.threads.write")
    async def test_keeps_what_a_form_that_is_used_up_says(self, site: Site) -> None:
        """Something else under the same form is asked about first; its lines end as typed."""
        thread, _ = await site.start()
        pat = await site.signed_in("Pat", f"{LIST}/{thread.id}")

        found = await site.write_anew(pat, "Two\r\nlines")

        assert found.asked.status_code == 409
        assert "You sent something else by this form before." in found.asked.text
        assert ">\nTwo\nlines</textarea>" in found.asked.text
        assert found.told.count("message_sent") == 2
        assert found.sent.status_code == 303
        assert "Two\nlines" in await pat.page()

    @pytest.mark.fidelity("pages.refused-text", "pages.live")
    async def test_is_shown_where_a_text_was_refused(self, site: Site) -> None:
        """The page can be asked for again at the address at which it stays."""
        thread, token = await site.start()
        pat = await site.signed_in("Pat", f"{LIST}/{thread.id}")
        refused = await pat.send("/write", text=" ")
        await site.answer(token, "Are you there?")

        again = await pat.page(str(refused.url))

        assert refused.status_code == 400
        assert 'id="live" data-events="' in again
        assert "Are you there?" in again

    @pytest.mark.fidelity("pages.read-on-view")
    async def test_is_read_when_it_is_looked_at(self, site: Site) -> None:
        """A browser that looks ahead, and a program that asks for no page, read nothing."""
        thread, token = await site.start()
        await site.answer(token, "Hello")
        pat = await site.signed_in("Pat", f"{LIST}/{thread.id}")
        await pat.http.get(pat.path, headers={"sec-purpose": "prefetch"})
        await pat.http.head(pat.path)
        before = await site.told()

        await pat.page()

        assert before.count("read") == 0
        assert (await site.told()).count("read") == 1

    @pytest.mark.fidelity("console.threads.change-own")
    async def test_lets_people_change_what_they_wrote(self, site: Site) -> None:
        """Ada reads what Pat wrote, and can neither edit nor delete it."""
        thread, _ = await site.start()
        message = str(await site.say(thread.id, "Helo"))
        path = f"{LIST}/{thread.id}"
        pat, ada = await site.signed_in("Pat", path), await site.signed_in("Ada", path)

        refused = [
            await ada.send("/write", message=message, text="Mine"),
            await ada.send("/delete", message=message),
        ]
        offered = await ada.page()
        form = await pat.page(f"{path}?edit={message}")
        await pat.send("/write", message=message, text="Hello")
        edited = await pat.page()
        await pat.send("/delete", message=message)
        deleted = await pat.page()

        assert [each.status_code for each in refused] == [404, 404]
        assert "?edit=" not in offered
        assert ">\nHelo</textarea>" in form
        assert '<span class="bubble__mark">edited</span>' in edited
        assert "This message was deleted." in deleted

    @pytest.mark.fidelity("console.threads.refused-text")
    async def test_keeps_what_cannot_be_sent_in_the_form(self, site: Site) -> None:
        """A text that is too long is still there."""
        thread, _ = await site.start()
        pat = await site.signed_in("Pat", f"{LIST}/{thread.id}")

        answer = await pat.send("/write", text="é" * 10_001)

        assert answer.status_code == 400
        assert "é" * 10_001 in answer.text
        assert (await site.told()).count("message_sent") == 1

    @pytest.mark.fidelity("console.threads.people")
    async def test_shows_and_changes_who_takes_part(self, site: Site) -> None:
        """Its owner adds and removes; a member who is no owner removes themselves alone."""
        thread, _ = await site.start()
        path = f"{LIST}/{thread.id}"
        pat, ada = await site.signed_in("Pat", path), await site.signed_in("Ada", path)

        before = await pat.page()
        await pat.send("/people", email="ada@example.com")
        both = await pat.page()
        await ada.send("/people/remove", person=str(site.people["Ada"].id))
        left = await pat.page()
        stranger = await pat.send("/people", email="gus@example.com")
        await pat.send("/people", email="pat@example.com")
        again = await pat.page()

        assert '<option value="ada@example.com">' in before
        assert '<p class="row__hint">ada@example.com</p>' in both
        assert '<p class="row__hint">ada@example.com</p>' not in left
        assert stranger.status_code == 400
        assert again.count("Owner</span>") == before.count("Owner</span>") == 1
        assert (await site.told())[3:] == [
            "read",
            "participant_added",
            "read",
            "participant_removed",
        ]

    @pytest.mark.fidelity("console.threads.link", "mails.candidate.replaced")
    async def test_replaces_the_link_of_the_candidate(self, site: Site) -> None:
        """What was mailed leads nowhere; the next mail has another, read or not."""
        thread, first = await site.start()
        await site.wait(minutes=2)
        pat = await site.signed_in("Pat", f"{LIST}/{thread.id}")

        offered = await pat.page()
        answer = await pat.send("/link")
        mailed = await site.browser(mailed_links(site)[0])
        gone = [
            (await mailed.http.get(path)).status_code
            for path in (mailed.path, f"/conversations/{first}")
        ]
        await site.say(thread.id, "Here is your new link")
        await site.wait(minutes=2)
        old, new = mailed_links(site)

        assert "Replace the candidate's link" in offered
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"{LIST}/{thread.id}#candidate",
        )
        assert gone == [404, 404]
        assert old != new
        assert "Here is your new link" in await (await site.browser(new)).page()
        assert (await site.told()).count("links_rotated") == 1

    @pytest.mark.fidelity("console.threads.link")
    async def test_replaces_no_link_for_others(self, site: Site) -> None:
        """Neither for who acts for another employer, nor without the form, nor by a GET."""
        thread, token = await site.start()
        path = f"{LIST}/{thread.id}/link"
        gus, pat = await site.signed_in("Gus"), await site.signed_in("Pat")
        hidden = dict(
            re.findall(r'name="(csrf)" value="([^"]+)"', await gus.page(f"{LIST}/new"))
        )

        answers = [
            await gus.http.post(path, data=hidden),
            await pat.http.post(path),
            await pat.http.get(path),
        ]

        assert [each.status_code for each in answers] == [404, 400, 303]
        assert "links_rotated" not in await site.told()
        assert "Hello Robin" in await (await site.candidate(token)).page()


def mailed_links(site: Site) -> list[str]:
    """List where the links in Robin's mails lead."""
    mails = [each for each in site.mailbox.mails() if each.to == ("robin@example.org",)]
    return [re.findall(rf"{BASE_URL}(/conversations/\S+)", each.text)[0] for each in mails]


class TestStart:
    @pytest.mark.fidelity("console.threads.start")
    async def test_begins_a_thread_once(self, site: Site) -> None:
        """The form that is sent again makes no second thread."""
        pat = await site.signed_in("Pat", f"{LIST}/new")
        hidden = dict(re.findall(r'name="(csrf|once)" value="([^"]+)"', await pat.page()))
        form = {
            **hidden,
            "employer": site.employers["Acme"].id.hex,
            "name": "Kim Lee",
            "email": "kim@example.org",
            "subject": "Guide",
            "posting": "",
            "text": "Hello Kim",
        }

        first = await pat.http.post(pat.path, data=form)
        second = await pat.http.post(pat.path, data=form)

        page = await pat.page(first.headers["location"])
        assert (first.status_code, second.status_code) == (303, 409)
        assert "Hello Kim" in page
        assert await site.told() == ["opened", "participant_added", "message_sent", "read"]

    @pytest.mark.fidelity("console.threads.start")
    async def test_says_what_is_wrong_with_the_form(self, site: Site) -> None:
        """Nothing begins, and what was typed stays."""
        pat = await site.signed_in("Pat", f"{LIST}/new")
        good = {
            "employer": site.employers["Acme"].id.hex,
            "name": "Kim Lee",
            "email": "kim@example.org",
            "text": "Hi",
        }
        wrong = (
            {"name": ""},
            {"email": "kim"},
            {"text": " "},
            {"subject": "x" * 201},
            {"employer": site.employers["Globex"].id.hex},
        )

        answers = [await pat.send("", **(good | each)) for each in wrong]

        assert [each.status_code for each in answers] == [400] * 5
        assert all("Kim Lee" in each.text for each in answers[1:])
        assert await site.told() == []
