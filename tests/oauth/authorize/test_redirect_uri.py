"""Redirect URIs: which are taken for a registered one, and what is added to them."""

import pytest

from hirewire.oauth.authorize.errors import UnregisteredRedirectUri
from hirewire.oauth.authorize.redirect_uri import form_targets, host, location, prove

REGISTERED = ("https://ats.example/callback", "http://127.0.0.1:3000/cb?a=1", "http://[::1]/cb")


class TestProve:
    @pytest.mark.fidelity("authorize.redirect-uri.exact")
    @pytest.mark.parametrize(
        "uri",
        [
            "https://ats.example/callback/",
            "https://ats.example/Callback",
            "https://ATS.example/callback",
            "HTTPS://ats.example/callback",
            "http://ats.example/callback",
            "https://ats.example:443/callback",
            "https://ats.example:8443/callback",
            "https://ats.example/callback?",
            "https://ats.example/callback?a=1",
            "https://ats.example/callback#",
            "https://ats.example/callback#a",
            "https://ats.example/%63allback",
            "https://ats.example/callback%2f",
            "https://ats.example/./callback",
            "https://ats.example/x/../callback",
            "https://ats.example/callback ",
            " https://ats.example/callback",
            "https://user@ats.example/callback",
            "https://ats.example@evil.example/callback",
            "https://ats.example.evil.example/callback",
            "https://ats.example/callback\n",
            "//ats.example/callback",
            "/callback",
            "javascript:alert(1)",
            "*",
        ],
    )
    def test_refuses_what_only_resembles(self, uri: str) -> None:
        """
        A redirect URI is compared character by character.
        """
        with pytest.raises(UnregisteredRedirectUri):
            prove(uri, REGISTERED)

    @pytest.mark.fidelity("authorize.redirect-uri.loopback-port")
    @pytest.mark.parametrize(
        "uri",
        [
            "https://ats.example/callback",
            "http://127.0.0.1:3000/cb?a=1",
            "http://127.0.0.1:51004/cb?a=1",
            "http://127.0.0.1/cb?a=1",
            "http://[::1]:9/cb",
        ],
    )
    def test_takes_registered_ones_and_any_port_of_this_machine(self, uri: str) -> None:
        """
        A program takes the port that is free, on the addresses of its own machine.
        """
        assert prove(uri, REGISTERED) == uri

    @pytest.mark.fidelity("authorize.redirect-uri.loopback-port")
    @pytest.mark.parametrize(
        "uri",
        [
            "http://127.0.0.1:51004/cb",
            "http://127.0.0.1:51004/cb?a=2",
            "http://127.0.0.1:51004/cb?a=1&b=2",
            "http://127.0.0.1:0/cb?a=1",
            "http://127.0.0.1:65536/cb?a=1",
            "http://127.0.0.1:051004/cb?a=1",
            "http://127.0.0.1:/cb?a=1",
            "http://127.0.0.1:٣/cb?a=1",
            "http://127.0.0.2:3000/cb?a=1",
            "http://localhost:3000/cb?a=1",
            "https://127.0.0.1:3000/cb?a=1",
            "http://127.0.0.1:3000@evil.example/cb?a=1",
            "http://127.0.0.1.evil.example:3000/cb?a=1",
            "http://[::1]:9/CB",
        ],
    )
    def test_but_leaves_nothing_else_open(self, uri: str) -> None:
        """
        Of a loopback redirect URI all but the port is compared as ever.
        """
        with pytest.raises(UnregisteredRedirectUri):
            prove(uri, REGISTERED)

    def test_takes_no_port_for_another_where_none_is_loopback(self) -> None:
        """
        An app without a loopback redirect URI has no way to a port of this machine.
        """
        with pytest.raises(UnregisteredRedirectUri):
            prove("http://127.0.0.1:3000/cb", ("http://localhost:3000/cb",))


class TestLocation:
    @pytest.mark.parametrize(
        ("uri", "expected"),
        [
            ("https://a.example/cb", "https://a.example/cb?code=x"),
            ("https://a.example", "https://a.example?code=x"),
            ("https://a.example/cb?a=1", "https://a.example/cb?a=1&code=x"),
            ("https://a.example/cb?", "https://a.example/cb?code=x"),
            ("https://a.example/cb?a=1&", "https://a.example/cb?a=1&code=x"),
            ("com.example.app:/cb", "com.example.app:/cb?code=x"),
        ],
    )
    def test_keeps_the_query_that_is_there(self, uri: str, expected: str) -> None:
        """
        The answer is added behind what the app registered.
        """
        assert location(uri, [("code", "x"), ("employer", None)]) == expected

    def test_encodes_what_it_adds(self) -> None:
        """
        Nothing of an answer can end a header, the query or a parameter.
        """
        assert location("https://a.example/", [("state", "a b+c&d=e#f\r\nX: ü/%41")]) == (
            "https://a.example/?state=a%20b%2Bc%26d%3De%23f%0D%0AX%3A%20%C3%BC%2F%2541"
        )


class TestPlaces:
    @pytest.mark.parametrize(
        ("uri", "place", "targets"),
        [
            ("https://a.example/cb", "a.example", ("https:",)),
            (
                "http://127.0.0.1:3000/cb",
                "127.0.0.1:3000",
                ("http://127.0.0.1:*", "http://localhost:*"),
            ),
            (
                "http://localhost:3000/cb",
                "localhost:3000",
                ("http://127.0.0.1:*", "http://localhost:*"),
            ),
            ("http://[::1]:3000/cb", "[::1]:3000", ("http:",)),
            ("com.example.app:/cb", "com.example.app:", ("com.example.app:",)),
        ],
    )
    def test_are_named_for_people_and_for_browsers(
        self, uri: str, place: str, targets: tuple[str, ...]
    ) -> None:
        """
        A person reads the host; `form-action` gets what the app may redirect on to.
        """
        assert (host(uri), form_targets(uri)) == (place, targets)
