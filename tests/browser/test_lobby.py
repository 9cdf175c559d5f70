"""Two Chromiums in a lobby: one knocks, the other admits; an outcome reaches the API."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, expect

from hirewire.sandbox.demo import DEMO
from tests.browser.visitor import visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

APP: Final = next(app for app in DEMO.apps if app.terms.name == "agency")
ALPENBLICK: Final = "019b76daafd076a6bef499bbf4dca4f2"
RUI: Final = "rui@alpenblick.example"
ADDRESS: Final = "casey@people.example"
NOTE: Final = "Knows every path.\nSpeaks three languages."
SCHEDULE: Final = """
mutation ($start: DateTime!, $end: DateTime!, $rui: EmailAddress!, $casey: EmailAddress!) {
  createVirtualInterviewEvent(input: {
    startTime: $start, endTime: $end, title: "Mountain guide", timezone: "Europe/Vienna"
    interviewers: [{email: $rui}], interviewee: {name: "Casey", email: $casey}
    requestMetadata: {atsName: "agency"}
  }) { event { id interviewerLobbyUrl
    intervieweesConnection { interviewees { intervieweeLobbyUrl } } } }
}
"""
READ: Final = """
query ($id: ID!) {
  virtualInterviewEvents(input: {ids: [$id]}) { events { intervieweesConnection { interviewees {
    interviewRecordsConnection { records { recordingUrl interviewOutcomesConnection { outcomes {
      interviewer { email name } decision { value noteText }
    } } } }
  } } } }
}
"""


class Agency:
    """The app that schedules interviews and reads what came of them."""

    def __init__(self, api: httpx.Client) -> None:
        form = {
            "grant_type": "client_credentials",
            "scope": "employer_access interviews.schedule",
            "employer": ALPENBLICK,
        }
        credentials = (APP.client_id, APP.client_secret or "")
        answer = api.post("/oauth/v2/tokens", data=form, auth=credentials)
        self._headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
        self._api = api

    def ask(self, query: str, **variables: str) -> Any:
        body = {"query": query, "variables": variables}
        answer = self._api.post("/graphql", json=body, headers=self._headers).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def schedule(self) -> dict[str, Any]:
        """Put an interview on the calendar that begins in ten minutes."""
        now = datetime.fromisoformat(self._api.get("/_sandbox/clock").json()["now"])
        start = now + timedelta(minutes=10)
        created = self.ask(
            SCHEDULE,
            start=start.isoformat(),
            end=(start + timedelta(hours=1)).isoformat(),
            rui=RUI,
            casey=ADDRESS,
        )
        event: dict[str, Any] = created["createVirtualInterviewEvent"]["event"]
        return event

    def records(self, event: dict[str, Any]) -> Any:
        """Read the records of an interview."""
        (found,) = self.ask(READ, id=event["id"])["virtualInterviewEvents"]["events"]
        (interviewee,) = found["intervieweesConnection"]["interviewees"]
        return interviewee["interviewRecordsConnection"]["records"]


def lobbies(site: str, event: dict[str, Any]) -> tuple[str, str]:
    """Return where the interviewers go, and where the interviewee does."""
    (interviewee,) = event["intervieweesConnection"]["interviewees"]
    urls = (event["interviewerLobbyUrl"], interviewee["intervieweeLobbyUrl"])
    first, second = (site + urlsplit(url).path for url in urls)
    return first, second


class TestLobby:
    @pytest.mark.fidelity("lobby.browser")
    async def test_knocks_is_admitted_and_leaves(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """Each page follows the other by itself, and the API shows the record and outcome."""
        agency = Agency(api)
        event = agency.schedule()
        hosts, guests = lobbies(site, event)
        async with visiting(chromium) as rui, visiting(chromium, width=390) as casey:
            await rui.page.goto(hosts)
            await rui.page.get_by_role("link", name="Sign in").click()
            await rui.sign_in(RUI)
            await expect(rui.page.get_by_text("Waiting for the interviewee")).to_be_visible()
            await casey.page.goto(guests)
            await casey.page.get_by_label("Your name").fill("Casey Alpin")
            await casey.press("Knock")
            await expect(casey.page.get_by_text("You knocked, Casey Alpin")).to_be_visible()
            await expect(casey.page.get_by_text("Rui Costa")).to_be_visible()
            faults = [*await rui.look(), *await casey.look()]

            await rui.press("Admit Casey Alpin")
            await expect(casey.page.get_by_text("You are in, Casey Alpin")).to_be_visible()
            await expect(rui.page.get_by_text("Casey Alpin is here")).to_be_visible()
            faults += [*await rui.look(), *await casey.look()]
            seen = await rui.page.content()
            await casey.press("Leave")
            await expect(casey.page.get_by_text("You have left")).to_be_visible()
            await expect(rui.page.get_by_text("Waiting for the interviewee")).to_be_visible()

            await rui.page.get_by_role("link", name="Enter your outcome").click()
            await rui.page.get_by_role("radio", name="Maybe").check()
            await rui.page.get_by_label("Note").fill(NOTE)
            faults += await rui.look()
            await rui.press("Save")
            await expect(rui.page.get_by_text("Your outcome is saved")).to_be_visible()

        ((record),) = agency.records(event)
        outcome = {
            "interviewer": {"email": RUI, "name": "Rui Costa"},
            "decision": {"value": "MAYBE", "noteText": NOTE},
        }
        assert faults == []
        assert ADDRESS not in seen
        assert record == {
            "recordingUrl": None,
            "interviewOutcomesConnection": {"outcomes": [outcome]},
        }

    @pytest.mark.fidelity("lobby.browser")
    async def test_works_without_scripts(
        self, chromium: Browser, site: str, api: httpx.Client
    ) -> None:
        """Where no script runs, the page looks again by itself, and by a link."""
        hosts, guests = lobbies(site, Agency(api).schedule())
        async with (
            visiting(chromium, scripts=False) as rui,
            visiting(chromium, scripts=False, width=390) as casey,
        ):
            await casey.page.goto(guests)
            await casey.press("Knock")
            await rui.page.goto(hosts)
            await rui.page.get_by_role("link", name="Sign in").click()
            await rui.sign_in(RUI)
            await rui.press("Admit Casey")
            await casey.page.get_by_role("link", name="Look now").click()
            await expect(casey.page.get_by_text("You are in, Casey")).to_be_visible()
            refreshed = casey.page.wait_for_event("load", timeout=15_000)
            faults = [*await rui.look(), *await casey.look()]
            await asyncio.wait_for(refreshed, 15)

        assert faults == []
