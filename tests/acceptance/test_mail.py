"""Mail from the real program to a real server, with the plug pulled in between."""

import asyncio
from contextlib import AbstractContextManager, AsyncExitStack
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from typing import Final

import httpx
import pytest
from icalendar import Calendar

from tests.acceptance.program import Program, app_named, caller, demo, graphql, running, token
from tests.fixtures.background import until
from tests.runtime.mail.sink import Behaviour, mail_server

INTERVIEWS: Final = 12
TEAM: Final = ("ada@kestrel.example", "rui@kestrel.example", "mei@kestrel.example")

_SCHEDULE: Final = """
    mutation ($title: String!) {
      createVirtualInterviewEvent(input: {
        startTime: "2030-08-18T22:30:00+00:00", endTime: "2030-08-18T23:30:00+00:00",
        title: $title, timezone: "America/Los_Angeles",
        interviewers: [
          {email: "ada@kestrel.example"}, {email: "rui@kestrel.example"},
          {email: "mei@kestrel.example"}
        ]
        requestMetadata: {atsName: "ATS", employerName: "Kestrel"}
      }) { event { id } }
    }
"""

pytestmark = pytest.mark.timeout(120)  # Real processes start and stop.


class TestKill:
    @pytest.mark.fidelity("mail.once")
    async def test_every_mail_of_an_acknowledged_interview_leaves(self, tmp_path: Path) -> None:
        """
        Killed between commit and mail, the program sends what is missing at its next start.

        Each mail leaves once. Only one that the server took in the very moment of the kill
        may be there twice, under one Message-ID.
        """
        first, second = Behaviour(dawdles_s=0.2), Behaviour()
        async with AsyncExitStack() as stack:
            port = await stack.enter_async_context(mail_server(first))
            with _developing(tmp_path, port) as program:
                titles = await _schedule(program)
                await until(lambda: len(first.taken) >= 6)
                program.kill()
            took_before = len(first.taken)
            port = await stack.enter_async_context(mail_server(second))
            with _developing(tmp_path, port) as program:
                await _outwait_leases(program)
                await until(lambda: _addressed(first, second) >= _expected(titles))

        sent = [mail for mail in _mails(first) + _mails(second) if _title(mail) in titles]
        ids = [str(mail["Message-ID"]) for mail in sent]
        assert 2 <= took_before < INTERVIEWS * len(TEAM)
        assert {(_title(mail), str(mail["To"])) for mail in sent} == _expected(titles)
        assert len(set(ids)) == INTERVIEWS * len(TEAM)
        # At most those that were on their way at the kill, of which four leave at a time.
        assert len(ids) - len(set(ids)) <= 4


def _developing(data: Path, port: int) -> AbstractContextManager[Program]:
    return running(
        "dev",
        "--port",
        "0",
        "--data",
        str(data),
        mail=f"smtp://127.0.0.1:{port}",
        mail_security="none",
        mail_sender="Kestrel <hiring@kestrel.example>",
    )


async def _schedule(program: Program) -> set[str]:
    async with caller(program.base_url) as client:
        bearer = await _bearer(client)
        titles = {f"Interview {number}" for number in range(INTERVIEWS)}
        await asyncio.gather(
            *(graphql(client, bearer, _SCHEDULE, {"title": title}) for title in titles)
        )
    return titles


async def _outwait_leases(program: Program) -> None:
    """Let the tasks be taken up again that were under way at the kill."""
    async with caller(program.base_url) as client:
        await client.post("/_sandbox/clock", json={"advance": "PT2M"})


async def _bearer(client: httpx.AsyncClient) -> str:
    app = app_named(await demo(client), "agency")
    return await token(client, app, app["employers"][0])


def _expected(titles: set[str]) -> set[tuple[str, str]]:
    return {(title, email) for title in titles for email in TEAM}


def _addressed(*behaviours: Behaviour) -> set[tuple[str, str]]:
    return {
        (_title(mail), str(mail["To"]))
        for behaviour in behaviours
        for mail in _mails(behaviour)
    }


def _mails(behaviour: Behaviour) -> list[Message]:
    return [message_from_bytes(raw, policy=default) for _, _, raw in behaviour.taken]


def _title(mail: Message) -> str:
    item = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert isinstance(item, EmailMessage)
    return str(Calendar.from_ical(item.get_content()).events[0]["summary"])
