"""Who types, on the pages of threads: told by them, and heard by their streams."""

import json
import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from hirewire.realtime.model import conversation_topic, topic_of
from tests.conversations.pages.site import Guest, Site, hidden
from tests.conversations.pages.test_page_streams import listening
from tests.fixtures.background import until

UPDATE = re.compile(r"^event: message-update\nid: (\S+)\ndata: (.+)$", re.MULTILINE)


def updates(stream: str) -> list[tuple[str, dict[str, Any]]]:
    """Read the updates of a stream: of which type each is, and its payload."""
    found = [json.loads(data) for _, data in UPDATE.findall(stream)]
    return [(each["eventType"], json.loads(each["payload"])) for each in found]


async def types(guest: Guest) -> int:
    """Say that somebody types, as the script of their page does."""
    csrf = hidden(await guest.page())["csrf"]
    answer = await guest.http.post(f"{guest.path}/typing", data={"csrf": csrf})
    assert answer.content == b""
    return answer.status_code


class TestPages:
    @pytest.mark.fidelity("typing.pages.told", "typing.pages.candidate", "typing.not-stored")
    async def test_tell_each_other(self, site: Site) -> None:
        """The console hears of both; the candidate of the employer's people alone, by name."""
        thread, token = await site.start()
        robin, topic = await site.candidate(token), conversation_topic(thread.id)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        await pat.page()
        await robin.page()
        told = await site.told()
        async with (
            listening(site, pat, f"{pat.path}/events", topic) as employers,
            listening(site, robin, f"{robin.path}/events", topic) as candidates,
        ):
            await until(lambda: len(site.parts.hub.listeners(topic)) == 2)
            statuses = [await types(each) for each in (pat, robin, pat)]
            site.parts.hub.close_all()
            heard = [updates((await each()).text) for each in (employers, candidates)]

        pats = {"side": "EMPLOYER", "name": "Pat"}
        robins = {"side": "CANDIDATE", "name": "Robin Reyes"}
        participant = site.parts.node_ids.mint("ConversationParticipant", site.people["Pat"].id)
        assert statuses == [204, 204, 204]
        assert [[kind for kind, _ in each] for each in heard] == [["typing"] * 2, ["typing"]]
        [[_, by_pat], [_, by_robin]], [[_, named]] = heard
        assert (by_pat["sender"], by_pat["participantId"]) == (pats, participant)
        assert (by_robin["sender"], by_robin["participantId"]) == (robins, None)
        assert named["sender"] == pats
        assert named.keys() == {"eventId", "conversationId", "sender", "expiresInMs"}
        assert await site.told() == told

    @pytest.mark.fidelity("typing.pages.lists")
    async def test_of_lists_hear_nothing_of_it(self, site: Site) -> None:
        """They show nothing of it either; a message comes as ever."""
        thread, token = await site.start()
        topic = topic_of(site.employers["Acme"].id)
        pat, robin = await site.signed_in("Pat"), await site.candidate(token)
        async with listening(site, pat, "/console/conversations/events", topic) as ended:
            await types(robin)
            await types(pat.at(f"/console/conversations/{thread.id}"))
            await site.answer(token, "Hello")
            await site.heard()
            site.parts.hub.close_all()
            kinds = {kind for kind, _ in updates((await ended()).text)}

        assert kinds == {"messages-read", "new-message"}

    @pytest.mark.fidelity("typing.pages.refused")
    async def test_refuse_it_as_they_refuse_a_message(self, site: Site) -> None:
        """No form of ours, a link that is replaced, another's thread, nobody: none is told."""
        thread, token = await site.start()
        robin, topic = await site.candidate(token), conversation_topic(thread.id)
        path = f"/console/conversations/{thread.id}"
        pat, gus = await site.signed_in("Pat", path), await site.signed_in("Gus", path)
        form = hidden(await robin.page())
        gus_form = hidden(await gus.page("/console/conversations/new"))
        nobody = await site.browser(path)
        async with listening(site, pat, f"{path}/events", topic) as ended:
            forged = [
                await each.http.post(f"{each.path}/typing", data={"csrf": "x"})
                for each in (robin, pat)
            ]
            others = await gus.http.post(f"{path}/typing", data={"csrf": gus_form["csrf"]})
            signed_out = await nobody.http.post(f"{path}/typing", data={"csrf": "x"})
            async with site.parts.db.unit() as uow:
                await site.parts.conversations.candidates.rotate_links(uow, thread.id)
            gone = await robin.http.post(f"{robin.path}/typing", data={"csrf": form["csrf"]})
            site.parts.hub.close_all()
            heard = updates((await ended()).text)

        assert [each.status_code for each in forged] == [403, 403]
        assert [each.status_code for each in (others, gone, signed_out)] == [404, 404, 303]
        assert [kind for kind, _ in heard if kind == "typing"] == []

    @pytest.mark.fidelity("typing.pages.told", "typing.throttled")
    async def test_leave_a_candidates_limit_to_their_messages(self, site: Site) -> None:
        """However often they type, they write as many messages as ever."""
        _, token = await site.start()
        robin = await site.candidate(token)
        form = hidden(await robin.page())
        with capture_logs() as lines:
            for _ in range(20):
                typed = await robin.http.post(
                    f"{robin.path}/typing", data={"csrf": form["csrf"]}
                )
                assert typed.status_code == 204

        answers = [await robin.send("/write", text=f"Number {each}") for each in range(16)]

        assert [each.status_code for each in answers] == [303] * 15 + [429]
        assert "/conversations/{token}/typing" in str(lines)
        assert token not in str(lines)

    @pytest.mark.fidelity("typing.pages.told", "typing.throttled")
    async def test_tell_at_once_of_who_types_on_after_a_message(self, site: Site) -> None:
        """Readers took them for done; what they say again before that is told to nobody."""
        thread, token = await site.start()
        robin, topic = await site.candidate(token), conversation_topic(thread.id)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")
        async with listening(site, pat, f"{pat.path}/events", topic) as ended:
            for each in (pat, robin):
                await types(each)
                await types(each)
                await each.send("/write", text="Hello")
                await types(each)
            site.parts.hub.close_all()
            heard = updates((await ended()).text)

        names = [payload["sender"]["name"] for kind, payload in heard if kind == "typing"]
        assert names == ["Pat", "Pat", "Robin Reyes", "Robin Reyes"]

    @pytest.mark.fidelity("typing.pages.shown")
    async def test_say_where_it_is_told_and_shown(self, site: Site) -> None:
        """Not beside the form in which a message is edited: nobody waits for that."""
        thread, token = await site.start()
        written = await site.answer(token, "Hello")
        robin = await site.candidate(token)
        pat = await site.signed_in("Pat", f"/console/conversations/{thread.id}")

        page = await robin.page()
        editing = await robin.page(f"{robin.path}?edit={written}")
        console = await pat.page()
        looked_at = await pat.http.get(f"{pat.path}/typing")

        assert f'data-typing="{robin.path}/typing"' in page
        assert (
            '<p class="typists" id="typists" aria-live="polite" data-side="CANDIDATE"' in page
        )
        assert "data-typing" not in editing
        participant = site.parts.node_ids.mint("ConversationParticipant", site.people["Pat"].id)
        assert f'data-side="EMPLOYER" data-me="{participant}"' in console
        assert (looked_at.status_code, looked_at.headers["location"]) == (303, pat.path)
