"""The mailbox over HTTP: JSON for programs, pages for people, and mail that can do no harm."""

from datetime import UTC, datetime

import httpx
import pytest

from hirewire.kit.clock import MovableClock
from hirewire.runtime.mail import Address, CalendarPart, Mail
from hirewire.sandbox.mailbox import Delivery
from hirewire.sandbox.service import Sandbox

HTML = {"accept": "text/html,application/xhtml+xml"}
ITEM = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
MAIL = Mail(
    message_id="<one@127.0.0.1>",
    to=Address("ada@kestrel.example", "Ada"),
    written_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    language="en",
    subject="Invitation: <b>talk</b>",
    text="Hello Ada",
    html="<!doctype html><html><head></head><body><script>1</script>Hello</body></html>",
    calendar=CalendarPart("REQUEST", ITEM),
)


@pytest.fixture
async def mailed(sandbox: Sandbox, clock: MovableClock) -> Sandbox:
    """A sandbox with one mail in its mailbox."""
    delivery = Delivery(sandbox.mailbox, clock, Address("no-reply@127.0.0.1", "Hirewire"))
    await delivery.send(MAIL)
    return sandbox


class TestJson:
    @pytest.mark.fidelity("sandbox.mailbox")
    async def test_shows_all_of_a_mail(
        self, client: httpx.AsyncClient, mailed: Sandbox
    ) -> None:
        """The list and the mail itself are JSON for whoever does not ask for a page."""
        listed = (await client.get("/_sandbox/mailbox")).json()
        one = (await client.get("/_sandbox/mailbox/one")).json()
        asked = await client.get("/_sandbox/mailbox?format=json", headers=HTML)

        assert listed == [one] == asked.json()
        assert one["sender"] == "Hirewire <no-reply@127.0.0.1>"
        assert (one["to"], one["text"]) == (["ada@kestrel.example"], "Hello Ada")
        assert one["calendar"] == {"method": "REQUEST", "body": ITEM.decode()}

    async def test_does_not_know_what_is_not_there(self, client: httpx.AsyncClient) -> None:
        """Another mail is a 404 that says so."""
        answer = await client.get("/_sandbox/mailbox/two")

        assert (answer.status_code, answer.json()["code"]) == (404, "sandbox.unknown_mail")


class TestPages:
    async def test_list_and_show(self, client: httpx.AsyncClient, mailed: Sandbox) -> None:
        """A browser gets pages on which nothing of the mail is markup."""
        listed = await client.get("/_sandbox/mailbox", headers=HTML)
        shown = await client.get("/_sandbox/mailbox/one", headers=HTML)

        assert 'href="/_sandbox/mailbox/one"' in listed.text
        assert "Invitation: &lt;b&gt;talk&lt;/b&gt;" in listed.text
        assert "Invitation: &lt;b&gt;talk&lt;/b&gt;" in shown.text
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert "frame-src 'self'" in shown.headers["content-security-policy"]

    @pytest.mark.fidelity("sandbox.mailbox.harmless")
    async def test_the_mail_itself_runs_nothing(
        self, client: httpx.AsyncClient, mailed: Sandbox
    ) -> None:
        """Its HTML is sandboxed by the page's frame and by its own headers."""
        page = await client.get("/_sandbox/mailbox/one", headers=HTML)
        html = await client.get("/_sandbox/mailbox/one/html")

        policy = html.headers["content-security-policy"]
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
        assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
        assert "default-src 'none'" in policy
        assert "allow-scripts" not in policy + page.text
        assert html.headers["content-type"].startswith("text/html")

    async def test_lend_text_raw_and_item(
        self, client: httpx.AsyncClient, mailed: Sandbox
    ) -> None:
        """The plain text, the bytes for the wire, and the item for a calendar."""
        text = await client.get("/_sandbox/mailbox/one/text")
        raw = await client.get("/_sandbox/mailbox/one/raw")
        item = await client.get("/_sandbox/mailbox/one/invite.ics")

        assert text.text == "Hello Ada"
        assert raw.text.startswith("From: Hirewire <no-reply@127.0.0.1>\r\nTo: Ada <")
        assert item.content == ITEM
        assert item.headers["content-type"] == "text/calendar; charset=utf-8; method=REQUEST"
        assert 'filename="invite.ics"' in item.headers["content-disposition"]
