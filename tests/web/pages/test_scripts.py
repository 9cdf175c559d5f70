"""Scripts of live pages: where they are, and where what they import is."""

import re

import httpx
import pytest
from starlette.applications import Starlette

from hirewire.conversations.pages.assets import SCRIPT as OF_THREADS
from hirewire.interviews.lobby.assets import SCRIPT as OF_LOBBIES
from hirewire.web.pages import asset_routes
from hirewire.web.pages.scripts import Script


class TestScripts:
    @pytest.mark.parametrize("script", [OF_THREADS, OF_LOBBIES], ids=["threads", "lobbies"])
    async def test_import_what_is_there(self, script: Script) -> None:
        """
        A script and all that it imports are kept for ever, under their content's names.
        """
        imported = re.findall(
            r'^import .* from "(.+)";$', script.content.decode(), re.MULTILINE
        )
        app = Starlette(routes=[*asset_routes(), script.route()])
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test"
        ) as http:
            answers = [await http.get(path) for path in [script.path, *imported]]

        assert len(imported) == 1
        assert [answer.status_code for answer in answers] == [200, 200]
        assert {answer.headers["content-type"] for answer in answers} == {
            "text/javascript; charset=utf-8"
        }
        assert {answer.headers["cache-control"] for answer in answers} == {
            "public, max-age=31536000, immutable"
        }
