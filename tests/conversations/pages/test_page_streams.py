"""The streams of pages: what they carry, when they end, and how they go on."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.requests import Request

from hirewire.conversations.facts import LinksRotated
from hirewire.conversations.model import ParticipantRole
from hirewire.conversations.pages.live import PageReader
from hirewire.kit.entropy import SystemEntropy
from hirewire.kit.facts import START
from hirewire.realtime.model import conversation_topic, topic_of
from hirewire.server.parts import open_store
from tests.conversations.pages.site import Guest, Site
from tests.fixtures.background import until
from tests.fixtures.database import settled


@asynccontextmanager
async def listening(
    site: Site, guest: Guest, path: str, topic: str, **headers: str
) -> AsyncIterator[Callable[[], Awaitable[httpx.Response]]]:
    """Open a stream of what comes now; in the end, what is called waits for all of it."""
    await site.heard()  # Or it would be told of what came before, where that is heard late.
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        stream = group.create_task(guest.http.get(path, headers=headers))
        await until(lambda: stream.done() or site.parts.hub.listeners(topic))

        async def ended() -> httpx.Response:
            return await stream

        yield ended
        site.parts.hub.close_all()


class TestStreams:
    @pytest.mark.fidelity("pages.stream.replayed")
    async def test_go_on_where_their_reader_has_been(self, site: Site) -> None:
        """The verdict comes first, then what was missed; a first visit begins with nothing."""
        thread, token = await site.start()
        await site.heard()
        robin, topic = await site.candidate(token), conversation_topic(thread.id)
        events = f"{robin.path}/events"
        async with listening(site, robin, events, topic) as ended:
            site.parts.hub.close_all()
            first = (await ended()).text
        last = re.findall(r"id: (\S+)", first)[-1]
        await site.say(thread.id, "While you were away")
        await site.heard()

        async with listening(site, robin, events, topic, **{"last-event-id": last}) as ended:
            site.parts.hub.close_all()
            second = (await ended()).text

        assert '"recovered"' not in first
        assert '"recovered":true,"replayed":1,"reason":null' in second
        assert second.count('"eventType":"new-message"') == 1

    @pytest.mark.fidelity("pages.stream.candidate")
    async def test_tell_a_candidate_nothing_of_who_reads(self, site: Site) -> None:
        """The employer's page hears that, too."""
        thread, token = await site.start()
        robin, topic = await site.candidate(token), conversation_topic(thread.id)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        async with (
            listening(site, pat, f"{pat.path}/events", topic) as employers,
            listening(site, robin, f"{robin.path}/events", topic) as candidates,
        ):
            await until(lambda: len(site.parts.hub.listeners(topic)) == 2)
            await site.answer(token, "Hello")
            await pat.page()
            await site.heard()
            site.parts.hub.close_all()
            texts = [(await each()).text for each in (employers, candidates)]

        assert ["messages-read" in each for each in texts] == [True, False]
        assert [each.count('"new-message"') for each in texts] == [1, 1]

    @pytest.mark.fidelity("pages.stream.refused")
    async def test_open_for_nobody_else(self, site: Site) -> None:
        """Nobody signed in, somebody of another employer, and a thread that is not there."""
        thread, _ = await site.start()
        path = f"/console/conversations/{thread.id}/events"
        nobody, gus = await site.browser(), await site.signed_in("Gus")

        answers = [
            await nobody.http.get(path),
            await nobody.http.get("/console/conversations/events"),
            await gus.http.get(path),
            await gus.http.get("/console/conversations/nonsense/events"),
        ]

        assert [each.status_code for each in answers] == [401, 401, 404, 404]
        assert site.parts.hub.open_streams == 0
        assert site.parts.doors.seats.here.total == 0


class TestPeople:
    @pytest.mark.fidelity("pages.stream.people")
    async def test_are_told_of_in_the_console_alone(self, site: Site) -> None:
        """Each change is a hint without a cursor; lists and candidates hear nothing of it."""
        thread, token = await site.start()
        robin, topic = await site.candidate(token), conversation_topic(thread.id)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        everything = topic_of(site.employers["Acme"].id)
        async with (
            listening(site, pat, f"{pat.path}/events", topic) as of_thread,
            listening(site, robin, f"{robin.path}/events", topic) as of_candidate,
            listening(site, pat, "/console/conversations/events", everything) as of_list,
        ):
            await until(lambda: len(site.parts.hub.listeners(topic)) == 2)
            for role in (ParticipantRole.MEMBER, ParticipantRole.OWNER):
                await site.add("Ada", thread.id, role)
                await site.heard()
            await site.remove("Ada", thread.id)
            await site.heard()
            site.parts.hub.close_all()
            texts = [(await each()).text for each in (of_thread, of_candidate, of_list)]

        assert [each.count("event: changed\ndata: 0\n\n") for each in texts] == [3, 0, 0]
        assert ["participant" in each for each in texts] == [False, False, False]

    @pytest.mark.fidelity("pages.stream.people")
    async def test_are_told_of_by_every_process(self, site: Site) -> None:
        """What another process wrote is heard from the log."""
        thread, _ = await site.start()
        topic = conversation_topic(thread.id)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        settings, clock = site.parts.settings, site.clock
        async with (
            open_store(settings, clock=clock, entropy=SystemEntropy()) as other,
            listening(site, pat, f"{pat.path}/events", topic) as ended,
        ):
            await site.add("Ada", thread.id, ParticipantRole.MEMBER, by=other.db)
            await site.heard()
            site.parts.hub.close_all()
            text = (await ended()).text

        assert text.count("event: changed\ndata: 0\n\n") == 1

    @pytest.mark.fidelity("pages.stream.people")
    async def test_are_looked_at_again_by_who_comes_back(self, site: Site) -> None:
        """No replay has what was missed of them, so that a page that knows a place looks."""
        thread, _ = await site.start()
        topic = conversation_topic(thread.id)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        events = f"{pat.path}/events"
        async with listening(site, pat, events, topic) as ended:
            site.parts.hub.close_all()
            first = (await ended()).text
        last = re.findall(r"id: (\S+)", first)[-1]
        await site.add("Ada", thread.id, ParticipantRole.MEMBER)
        await site.heard()

        async with listening(site, pat, events, topic, **{"last-event-id": last}) as ended:
            site.parts.hub.close_all()
            second = (await ended()).text

        assert "event: changed" not in first
        assert '"recovered":true,"replayed":0,"reason":null' in second
        assert second.count("event: changed\ndata: 0\n\n") == 1


class TestEnds:
    @pytest.mark.fidelity("pages.stream.membership")
    async def test_when_somebody_leaves_the_employer(self, site: Site) -> None:
        """The list's stream and the thread's end with the commit; the page is not theirs."""
        thread, _ = await site.start()
        topic = topic_of(site.employers["Acme"].id)
        pat = await site.signed_in("Pat")
        async with listening(site, pat, f"{pat.path}/events", topic) as ended:
            async with site.parts.db.unit() as uow:
                await site.parts.accounts.leave(
                    uow, site.people["Pat"].id, site.employers["Acme"].id
                )
            text = (await ended()).text

        answer = await pat.http.get(f"{pat.path}/{thread.id}")
        assert '"reason":"membership"' in text
        assert answer.status_code == 404

    @pytest.mark.fidelity("pages.stream.signed-out")
    async def test_when_somebody_signs_out(self, site: Site) -> None:
        """The stream of that browser ends with the commit; that of another goes on."""
        thread, _ = await site.start()
        topic = conversation_topic(thread.id)
        one = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        other = await site.signed_in("Pat", one.path)
        async with (
            listening(site, one, f"{one.path}/events", topic) as ended,
            listening(site, other, f"{other.path}/events", topic),
        ):
            await until(lambda: len(site.parts.hub.listeners(topic)) == 2)
            await one.at("/console/security").send("", nothing="")
            form = dict(
                re.findall(
                    r'name="(csrf)" value="([^"]+)"', (await one.http.get(one.path)).text
                )
            )
            await one.http.post("/sign-out", data=form)
            text = (await ended()).text
            left = len(site.parts.hub.listeners(topic))

        assert '"reason":"revoked"' in text
        assert left == 1

    @pytest.mark.fidelity("sign-in.password-change-signs-out")
    async def test_when_somebody_changes_their_password(self, site: Site) -> None:
        """Whoever opened it, perhaps with the old password, hears no more."""
        thread, _ = await site.start()
        topic = conversation_topic(thread.id)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        async with listening(site, pat, f"{pat.path}/events", topic) as ended:
            async with site.parts.db.unit() as uow:
                person = site.people["Pat"]
                await site.parts.accounts.change_password(uow, person.id, "another hash")
            text = (await ended()).text

        assert '"reason":"revoked"' in text

    @pytest.mark.fidelity("pages.stream.rotated")
    async def test_when_the_links_are_rotated(self, site: Site) -> None:
        """Whoever has the old link hears no more; the employer's people do."""
        thread, token = await site.start()
        robin, topic = await site.candidate(token), conversation_topic(thread.id)
        async with listening(site, robin, f"{robin.path}/events", topic) as ended:
            async with site.parts.db.unit() as uow:
                await site.parts.conversations.candidates.rotate_links(uow, thread.id)
            text = (await ended()).text

        assert '"reason":"revoked"' in text

    @pytest.mark.fidelity("pages.stream.too-late")
    async def test_that_was_let_in_before_the_links_were_rotated(self, site: Site) -> None:
        """What was read before is not good any more: the stream ends as it opens."""
        thread, _ = await site.start()
        pages = site.parts.doors.pages
        scope = {
            "type": "http",
            "method": "GET",
            "headers": [],
            "query_string": b"",
            "path": "",
        }
        request, reader = Request(scope), PageReader(path="/events")
        reading = await pages.ready()
        async with site.parts.db.unit() as uow:
            await site.parts.conversations.candidates.rotate_links(uow, thread.id)
        opened = await pages.of_thread(request, reader, thread, reading=reading)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(opened)) as http:
            answer = await http.get("http://127.0.0.1/events")

        assert '"reason":"revoked"' in answer.text
        assert site.parts.hub.open_streams == 0

    @pytest.mark.fidelity("realtime.stream.ends-once")
    async def test_stays_when_the_log_tells_late_that_links_were_rotated(
        self, site: Site
    ) -> None:
        """Its reader came by the new link, so it is no news to them."""
        thread, _ = await site.start()
        async with site.parts.db.unit() as uow:
            door = site.parts.conversations.candidates
            token = await door.rotate_links(uow, thread.id)
        await settled(site.parts.db)
        facts = await site.parts.log.read(START, 1_000)
        (rotated,) = [each for each in facts if isinstance(each.fact, LinksRotated)]
        robin, topic = await site.candidate(token), conversation_topic(thread.id)

        async with listening(site, robin, f"{robin.path}/events", topic):
            site.parts.doors.pages.hear(rotated)

            assert site.parts.hub.open_streams == 1


class TestSeats:
    @pytest.mark.fidelity("pages.stream.seats")
    async def test_are_taken_by_pages_as_by_apps(self, site: Site) -> None:
        """A page's stream counts for its person and address, and gives its seat back."""
        thread, _ = await site.start()
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        here = site.parts.doors.seats.here
        topic = conversation_topic(thread.id)
        async with listening(site, pat, f"{pat.path}/events", topic) as ended:
            during = (here.total, here.people[site.people["Pat"].id])
            site.parts.hub.close_all()
            await ended()

        assert during == (1, 1)
        assert here.total == 0
