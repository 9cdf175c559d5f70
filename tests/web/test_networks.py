"""From where requests come."""

import pytest
from starlette.requests import Request

from hirewire.web.networks import is_loopback, network_of


class TestNetwork:
    @pytest.mark.parametrize(
        ("client", "expected"),
        [
            (("203.0.113.9", 1), "203.0.113.9"),
            (("::ffff:203.0.113.9", 1), "203.0.113.9"),
            (("2001:db8:1:2:3:4:5:6", 1), "20010db800010002/64"),
            (("2001:db8:1:2::", 1), "20010db800010002/64"),
            (("unix", 0), "unix"),
            (None, ""),
        ],
    )
    def test_is_an_address_or_what_one_caller_has_of_them(
        self, client: tuple[str, int] | None, expected: str
    ) -> None:
        """
        One caller has a whole /64 of IPv6 addresses, and one of IPv4.
        """
        request = Request({"type": "http", "headers": [], "client": client})

        assert network_of(request) == expected

    @pytest.mark.parametrize(
        ("host", "expected"),
        [
            ("127.8.0.1", True),
            ("::1", True),
            ("::ffff:127.0.0.1", True),
            ("203.0.113.9", False),
            ("localhost", False),
            ("", False),
        ],
    )
    def test_knows_this_machine(self, host: str, expected: bool) -> None:  # noqa: FBT001
        """
        By its addresses, however they are spelled; names are not looked up.
        """
        assert is_loopback(host) is expected
