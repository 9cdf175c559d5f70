"""Tests of who may drive the sandbox."""

import pytest

from hirewire.sandbox.errors import ForeignHost, ForeignPage
from hirewire.sandbox.guard import Guard

GUARD = Guard.of("http://hirewire.dev.test:8000")


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1:8000",
            "127.8.9.1",
            "[::1]:8000",
            "hirewire.dev.test:8000",
        ],
    )
    def test_of_this_machine_passes(self, host: str) -> None:
        """Every loopback name passes, and the name that the server was given."""
        GUARD.check({"host": host})

    @pytest.mark.fidelity("sandbox.guard.foreign-host")
    @pytest.mark.parametrize(
        "host",
        [
            "",
            "evil.example",
            "localhost.evil.example",
            "hirewire.dev.test",
            "hirewire.dev.test:8001",
            "192.168.0.7:8000",
            "[::1",
            "127.0.0.1.evil.example:8000",
            "evil.example@localhost.",
        ],
    )
    def test_of_another_name_is_refused(self, host: str) -> None:
        """A page whose name was made to point here gets nothing."""
        with pytest.raises(ForeignHost):
            GUARD.check({"host": host})


class TestPage:
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "http://localhost:8000"},
            {"origin": "HTTP://localhost:8000", "sec-fetch-site": "same-origin"},
            {"origin": "https://localhost:8000"},
            {"sec-fetch-site": "none"},
        ],
    )
    def test_of_the_server_itself_passes(self, headers: dict[str, str]) -> None:
        """The server's own pages, and an address typed into the browser, pass."""
        GUARD.check({"host": "localhost:8000", **headers})

    @pytest.mark.fidelity("sandbox.guard.foreign-page")
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": ""},
            {"origin": "http://localhost:3000"},
            {"origin": "http://localhost"},
            {"origin": "http://localhost:8000.evil.example"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site", "referer": "http://localhost:3000/"},
        ],
    )
    def test_of_another_site_is_refused(self, headers: dict[str, str]) -> None:
        """Whatever a browser sends for a page of another site is refused."""
        with pytest.raises(ForeignPage):
            GUARD.check({"host": "localhost:8000", **headers})
