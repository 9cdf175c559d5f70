"""What the hub keeps of a stream, where thousands are open."""

from hirewire.web.streams.slot import StreamKind
from tests.web.streams.pipes import MemoryPipe
from tests.web.streams.test_hub import hub_of

KIND = StreamKind(name="slot")


class TestSlot:
    async def test_shares_what_the_loop_keeps_of_it(self) -> None:
        """
        The loop keeps whom it hands data to, and that is one object for all streams.
        """
        hub, _ = hub_of()

        one, other = (hub.open(MemoryPipe(), KIND, topics=["t"]) for _ in range(2))

        assert one.data_received is other.data_received
