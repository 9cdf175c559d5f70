"""Which bus an address opens."""

import pytest

from hirewire.runtime.bus import MemoryBus, UnknownBus, connect
from hirewire.runtime.bus.nats import NatsBus
from tests.fixtures.servers import NatsServer


class TestConnect:
    async def test_opens_memory(self) -> None:
        """
        `memory:` is the bus of this process.
        """
        bus = await connect("memory:")

        assert isinstance(bus, MemoryBus)
        assert bus.is_up

    @pytest.mark.parametrize(
        ("path", "installation"),
        [("", "hirewire"), ("/", "hirewire"), ("/north-2", "north-2")],
    )
    async def test_opens_a_server(
        self, nats_server: NatsServer, path: str, installation: str
    ) -> None:
        """
        `nats://HOST:PORT` is the server there, and a path names the installation.
        """
        bus = await connect(nats_server.url + path)

        assert isinstance(bus, NatsBus)
        assert (bus.is_up, bus.link.installation) == (True, installation)
        await bus.close()

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "memory",
            "memory:x",
            "nats://",
            "nats://127.0.0.1",
            "nats://127.0.0.1:port",
            "nats://127.0.0.1:99999",
            "nats://127.0.0.1:4222/two/names",
            "nats://127.0.0.1:4222/a.b",
            "nats://127.0.0.1:4222?x=1",
            "redis://me:secret@127.0.0.1:6379",
        ],
    )
    async def test_refuses_other_addresses(self, url: str) -> None:
        """
        An address that names no bus is refused in a line that keeps its password.
        """
        with pytest.raises(UnknownBus) as refusal:
            await connect(url)

        assert "nats://HOST:PORT" in str(refusal.value)
        assert "secret" not in str(refusal.value)
        assert "\n" not in str(refusal.value)
