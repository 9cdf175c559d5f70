"""Whom the limits of the authorization endpoint are for."""

import pytest
from starlette.requests import Request

from hirewire.oauth.authorize.wire import client_network


class TestClientNetwork:
    @pytest.mark.parametrize(
        ("client", "expected"),
        [
            (("203.0.113.9", 1), "203.0.113.9"),
            (("::ffff:203.0.113.9", 1), "203.0.113.9"),
            (("2001:db8:1:2:3:4:5:6", 1), "20010db800010002"),
            (("2001:db8:1:2::", 1), "20010db800010002"),
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

        assert client_network(request) == expected
