"""Streams that are held by ids, and end when one of those is revoked."""

from uuid import UUID

import pytest

from hirewire.kit.turns import next_turn
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot, StreamKind
from tests.web.streams.pipes import MemoryPipe
from tests.web.streams.test_hub import ONE, hub_of

KIND = StreamKind(name="held")
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def opened(hub: Hub, *holders: UUID) -> MemoryPipe:
    """Open a stream that *holders* hold."""
    pipe = MemoryPipe()
    hub.open(pipe, KIND, topics=["t"], holders=holders)
    return pipe


class TestCloseHeld:
    @pytest.mark.fidelity("revocation.streams.end-at-once")
    async def test_ends_the_streams_of_an_id_and_no_other(self) -> None:
        """
        Of three streams those two end that the id holds, at once.
        """
        hub, _ = hub_of()
        first, second, other = opened(hub, A, B), opened(hub, C, B), opened(hub, C)

        hub.close_held([B])

        assert [pipe.is_closed for pipe in (first, second, other)] == [True, True, False]
        assert hub.counts.closed[Reason.REVOKED] == 2

    async def test_lets_what_was_published_before_arrive(self) -> None:
        """
        A stream ends after the frames that were due to it.
        """
        hub, _ = hub_of()
        pipe = opened(hub, A)
        hub.publish("t", ONE)

        hub.close_held([A])

        assert (pipe.received, pipe.is_closed) == (ONE, True)

    async def test_of_an_unknown_id_ends_nothing(self) -> None:
        """
        An id that holds no stream is none of the hub's business.
        """
        hub, _ = hub_of()
        opened(hub, A)

        hub.close_held([B, C])

        assert hub.open_streams == 1

    async def test_counts_a_stream_with_two_of_the_ids_once(self) -> None:
        """
        The first id ends it, and the second finds nothing.
        """
        hub, _ = hub_of()
        opened(hub, A, B)

        hub.close_held([A, B])

        assert hub.counts.closed[Reason.REVOKED] == 1

    @pytest.mark.parametrize("count", [1, 2, 70])
    async def test_leaves_nothing_behind(self, count: int) -> None:
        """
        Streams that ended by themselves are not in the index any more.
        """
        hub, _ = hub_of()
        pipes = [opened(hub, A, B) for _ in range(count)]

        for pipe in pipes:
            pipe.lose()

        assert not any(hub._held._buckets)

    async def test_forgets_the_last_of_many_whose_ids_share_a_place(self) -> None:
        """
        Two ids of one stream may fall into one bucket: it ends, and its seat comes back.
        """
        ended: list[Slot] = []
        hub, _ = hub_of()
        shared = UUID(int=A.int + 4096)
        last = MemoryPipe()
        hub.open(
            last,
            KIND,
            topics=["t"],
            holders=[A, shared],
            on_close=lambda slot, reason: ended.append(slot),
        )
        for pipe in [opened(hub, A) for _ in range(70)]:
            pipe.lose()

        last.lose()
        await next_turn()

        assert (hub.open_streams, len(ended)) == (0, 1)
        assert not any(hub._held._buckets)

    async def test_keeps_the_order_in_which_they_came(self) -> None:
        """
        One of many that left is no longer among them.
        """
        hub, _ = hub_of()
        pipes = [opened(hub, A) for _ in range(3)]
        pipes[1].lose()

        held = hub._held.by(A)

        assert [slot.pipe for slot in held] == [pipes[0], pipes[2]]


class TestOpen:
    @pytest.mark.fidelity("revocation.streams.none-opens")
    async def test_of_a_revoked_id_ends_at_once(self) -> None:
        """
        A token may be revoked between its check and the opening of its stream.
        """
        revoked = {A}
        hub = Hub(hub_of()[1], lambda: 0.5, revoked)

        late, fine = opened(hub, A, B), opened(hub, B)

        assert (late.is_closed, fine.is_closed, hub.open_streams) == (True, False, 1)
