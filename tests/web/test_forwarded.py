"""Where requests come from: peers, and whom trusted proxies name."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from hirewire.web.forwarded import Forwarded, parse_networks

PROXIES = parse_networks("10.0.0.0/8, 2001:db8:1::/48,192.0.2.1")
PROXY, OTHER_PROXY, CLIENT = "10.0.0.1", "10.9.9.9", "203.0.113.7"


async def client_of(peer: str | None, *forwarded: str) -> tuple[str, int] | None:
    """Say whom an application is told behind the trusted proxies."""
    seen: list[tuple[str, int] | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"])

    async def receive() -> Message:
        pytest.fail("Whom a request comes from is in its head.")

    async def send(message: Message) -> None:
        pytest.fail("This application answers nothing.")

    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    client = None if peer is None else (peer, 1234)
    scope: Scope = {"type": "http", "client": client, "headers": headers}
    await Forwarded(app, PROXIES)(scope, receive, send)
    return seen[0]


class TestForwarded:
    @pytest.mark.fidelity("http.client.trusted-proxies")
    @pytest.mark.parametrize(
        ("peer", "forwarded", "client"),
        [
            (PROXY, [CLIENT], CLIENT),
            (PROXY, [f"{CLIENT}:5000"], CLIENT),
            (PROXY, [f"{CLIENT}, {OTHER_PROXY}"], CLIENT),
            (PROXY, [CLIENT, OTHER_PROXY], CLIENT),
            (PROXY, [f"9.9.9.9, {CLIENT}"], CLIENT),
            (PROXY, [f"{OTHER_PROXY}, {CLIENT}, {OTHER_PROXY}"], CLIENT),
            (PROXY, [OTHER_PROXY], OTHER_PROXY),
            (PROXY, ["[2001:db8:2::1]:443"], "2001:db8:2::1"),
            (PROXY, ["2001:db8:2::1"], "2001:db8:2::1"),
            (PROXY, [f"::ffff:{CLIENT}"], CLIENT),
            ("192.0.2.1", [CLIENT], CLIENT),
            ("::ffff:10.0.0.1", [CLIENT], CLIENT),
            ("2001:db8:1::5", [CLIENT], CLIENT),
        ],
    )
    async def test_believes_trusted_proxies(
        self, peer: str, forwarded: list[str], client: str
    ) -> None:
        """
        The client is the nearest address that is no proxy's.
        """
        assert await client_of(peer, *forwarded) == (client, 0)

    @pytest.mark.fidelity("http.client.trusted-proxies")
    @pytest.mark.parametrize("peer", [CLIENT, "192.0.2.2", "2001:db8:2::5", "unix", "::1"])
    async def test_believes_nobody_else(self, peer: str) -> None:
        """
        Whoever is no trusted proxy is the client, whatever it says.
        """
        assert await client_of(peer, "9.9.9.9") == (peer, 1234)

    @pytest.mark.parametrize("forwarded", [[], [""], ["unknown"], ["x, y"], ["9.9.9.9, _hid"]])
    async def test_stays_with_the_peer_where_nobody_is_named(
        self, forwarded: list[str]
    ) -> None:
        """
        What is no address is not taken for one, nor is what stands before it.
        """
        assert await client_of(PROXY, *forwarded) == (PROXY, 1234)

    async def test_stops_where_the_trail_ends(self) -> None:
        """
        Behind what is no address nothing was written by a proxy that is trusted.
        """
        assert await client_of(PROXY, f"{CLIENT}, hidden, {OTHER_PROXY}") == (OTHER_PROXY, 0)

    async def test_leaves_alone_who_has_no_address(self) -> None:
        """
        A peer on a local socket has none.
        """
        assert await client_of(None, CLIENT) is None


class TestParseNetworks:
    @pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example", "10.0.0.0/33", "1.2.3"])
    def test_refuses_what_is_none(self, text: str) -> None:
        """
        A network with bits behind its length is a mistake, too.
        """
        with pytest.raises(ValueError, match=r"host bits|does not appear"):
            parse_networks(text)

    def test_reads_nothing_as_nobody(self) -> None:
        """
        By default no proxy is trusted.
        """
        assert parse_networks(" , ") == ()
