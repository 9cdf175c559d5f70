"""Tests of the page for people: what it loads is served, and it loads nothing else."""

import re

import httpx
import pytest
from starlette.applications import Starlette

from hirewire.web.graphql.explorer import explorer_routes, read_page


class TestPage:
    @pytest.mark.parametrize(
        ("path", "content_type"),
        [
            ("/graphql/explorer.js", "text/javascript; charset=utf-8"),
            ("/graphql/explorer.css", "text/css; charset=utf-8"),
        ],
    )
    async def test_loads_what_is_served(self, path: str, content_type: str) -> None:
        """Its script and its style come from beside it, typed so that a browser takes them."""
        transport = httpx.ASGITransport(app=Starlette(routes=explorer_routes()))

        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            response = await client.get(path)

        assert (response.status_code, response.headers["content-type"]) == (200, content_type)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert len(response.content) > 1000

    def test_loads_nothing_else(self) -> None:
        """It works offline: every address in it is one of its own."""
        page = read_page().decode()

        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)

        # The empty icon keeps a browser from asking for one.
        assert sorted(loaded) == ["data:,", "graphql/explorer.css", "graphql/explorer.js"]
        assert "<script>" not in page
        assert "style=" not in page
