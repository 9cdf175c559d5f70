"""The ring: which frames it holds, and which it no longer does."""

from hirewire.kit.facts import START, Position
from hirewire.realtime.ring import Kept, Ring


def kept(seq: int, size: int = 1) -> Kept:
    """A frame of *size* bytes."""
    return Kept(position=Position(0, seq), topics=("t",), event="e", body=b"." * size)


class TestRing:
    def test_has_all_after_its_floor(self) -> None:
        """
        What came after a place that it reaches is there, in order.
        """
        ring = Ring(Position(0, 10))
        for seq in (11, 15, 20):
            ring.add(kept(seq))

        assert [each.position.seq for each in ring.since(Position(0, 10))] == [11, 15, 20]
        assert [each.position.seq for each in ring.since(Position(0, 15))] == [20]
        assert [each.position.seq for each in ring.since(Position(0, 17))] == [20]
        assert list(ring.since(Position(0, 20))) == []
        assert (ring.reaches(Position(0, 10)), ring.reaches(Position(0, 9))) == (True, False)

    def test_forgets_the_oldest_of_too_many(self) -> None:
        """
        It holds a quarter more than it is to, then as many as it is to.
        """
        ring = Ring(START, frames=4)
        for seq in range(1, 6):
            ring.add(kept(seq))
        before = len(ring), ring.floor

        ring.add(kept(6))

        assert before == (5, START)
        assert (len(ring), ring.floor) == (4, Position(0, 2))
        assert [each.position.seq for each in ring.since(ring.floor)] == [3, 4, 5, 6]

    def test_is_bound_in_bytes(self) -> None:
        """
        Few large frames push each other out as many small ones do.
        """
        ring = Ring(START, size=1000)
        ring.add(kept(1, 600))
        ring.add(kept(2, 600))
        before = len(ring)
        ring.add(kept(3, 900))

        assert (before, len(ring), ring.floor) == (2, 1, Position(0, 2))

    def test_may_hold_nothing(self) -> None:
        """
        A frame larger than all that may be held is not held.
        """
        ring = Ring(START, size=100)

        ring.add(kept(1, 500))

        assert (len(ring), ring.floor) == (0, Position(0, 1))
