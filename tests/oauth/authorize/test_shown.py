"""Requests that nobody can be sent back from: what the page and the log say of them."""

from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from tests.oauth.authorize.world import AUTHORIZE, Office, asking


class TestDetails:
    @pytest.mark.fidelity("authorize.shown-before-proven")
    async def test_name_what_the_app_sent(self, office: Office) -> None:
        """
        Support reads which app it is and where it wanted to go, on the page and in the log.
        """
        visitor = await office.signed_in()
        evil = "https://evil.example/<b>"
        asked = urlencode(asking(office.app, redirect_uri=evil))

        with capture_logs() as logs:
            page = await visitor.go(f"{AUTHORIZE}?{asked}")

        [shown] = [line for line in logs if line["event"] == "authorize_shown"]
        assert page.status_code == 400
        assert f">{office.app.id}</" in page.text
        assert "https://evil.example/&lt;b&gt;" in page.text
        assert "<b>" not in page.text
        assert (shown["client_id"], shown["redirect_uri"]) == (office.app.id, evil)

    @pytest.mark.fidelity("authorize.shown-before-proven")
    async def test_are_cut_short(self, office: Office) -> None:
        """
        However long and odd it is, 200 characters on one line are enough to know it by.
        """
        visitor = await office.signed_in()
        sent = {"client_id": "a\nü" + "x" * 1000, "state": "a secret"}

        with capture_logs() as logs:
            page = await visitor.go(f"{AUTHORIZE}?{urlencode(sent)}")

        [shown] = [line for line in logs if line["event"] == "authorize_shown"]
        assert shown["client_id"] == "a\\n\\xfc" + "x" * 193
        assert "redirect_uri" not in shown
        assert shown["client_id"] in page.text
        assert shown["client_id"] + "x" not in page.text
        assert "a secret" not in page.text
