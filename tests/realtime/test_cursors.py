"""Cursors: what is minted is read again, and nothing else is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.clock import MovableClock
from hirewire.kit.facts import START, Position
from hirewire.realtime.cursors import Cursor, Cursors
from hirewire.realtime.errors import CursorExpired, UnknownCursor
from tests.fixtures.database import MORNING

SECRET: Final = "a secret of at least 32 characters"
EPOCH: Final = 0xDEC0DE
PLACE: Final = Position(7, 42)

positions = st.builds(
    Position, st.integers(0, 2**63 - 1), st.integers(min_value=0, max_value=2**63 - 1)
)


@pytest.fixture
def cursors(clock: MovableClock) -> Cursors:
    """Those of one log."""
    return Cursors(SECRET, EPOCH, clock)


class TestMint:
    @pytest.mark.fidelity("realtime.id.opaque-and-signed")
    @given(position=positions)
    def test_is_read_by_every_node(self, position: Position) -> None:
        """
        Whatever the place, another process with the same secret and log reads it.
        """
        clock = MovableClock(MORNING, frozen=True)
        text = Cursors(SECRET, EPOCH, clock).mint(position)

        assert Cursors(SECRET, EPOCH, clock).read(text) == Cursor(position, MORNING)
        assert (len(text), text.isascii()) == (48, True)

    def test_is_the_same_for_the_same_fact(self, cursors: Cursors) -> None:
        """
        A fact's cursor does not depend on when it is minted.
        """
        at = MORNING - timedelta(hours=3)

        assert cursors.mint(PLACE, at) == cursors.mint(PLACE, at)
        assert cursors.read(cursors.mint(PLACE, at)) == Cursor(PLACE, at)

    @pytest.mark.fidelity("realtime.id.opaque-and-signed")
    def test_tells_no_distance(self, cursors: Cursors) -> None:
        """
        Two places next to each other have nothing in common where positions are.
        """
        one, two = (
            urlsafe_b64decode(cursors.mint(Position(0, seq)))[10:26] for seq in (1000, 1001)
        )

        assert sum(a == b for a, b in zip(one, two, strict=True)) < 4
        assert (1000).to_bytes(2, "big") not in one


class TestRead:
    @pytest.mark.fidelity("realtime.verdict.unknown-cursor")
    @pytest.mark.parametrize("index", range(36))
    def test_refuses_what_was_changed(self, cursors: Cursors, index: int) -> None:
        """
        A single bit of any byte is noticed.
        """
        raw = bytearray(urlsafe_b64decode(cursors.mint(PLACE)))
        raw[index] ^= 1

        with pytest.raises(UnknownCursor):
            cursors.read(urlsafe_b64encode(raw).decode())

    @pytest.mark.fidelity("realtime.verdict.unknown-cursor")
    @pytest.mark.parametrize(
        "text",
        ["0", "A" * 48, "A" * 47, "A" * 49, "=" * 48, "Ä" * 48, "A" * 47 + "\n", " " * 48],
    )
    def test_refuses_what_was_never_minted(self, cursors: Cursors, text: str) -> None:
        """
        Whatever is no cursor is refused, and in no other way.
        """
        with pytest.raises(UnknownCursor):
            cursors.read(text)

    @given(text=st.text(max_size=60))
    def test_refuses_any_text(self, text: str) -> None:
        """
        No text is read by chance.
        """
        cursors = Cursors(SECRET, EPOCH, MovableClock(MORNING, frozen=True))

        with pytest.raises(UnknownCursor):
            cursors.read(text)

    @pytest.mark.parametrize("cut", [1, 4, 24, 47])
    def test_refuses_what_was_cut(self, cursors: Cursors, cut: int) -> None:
        """
        Half a cursor is none.
        """
        with pytest.raises(UnknownCursor):
            cursors.read(cursors.mint(PLACE)[:-cut])

    @pytest.mark.parametrize(
        ("secret", "epoch"), [(SECRET, EPOCH + 1), (SECRET.swapcase(), EPOCH)]
    )
    def test_refuses_those_of_others(
        self, cursors: Cursors, clock: MovableClock, secret: str, epoch: int
    ) -> None:
        """
        A position of another database's log means nothing here.
        """
        others = Cursors(secret, epoch, clock)

        with pytest.raises(UnknownCursor):
            cursors.read(others.mint(PLACE))

    def test_refuses_those_of_a_world_that_is_no_more(self, cursors: Cursors) -> None:
        """
        A log that starts over has another name.
        """
        old = cursors.mint(START)

        cursors.start_over(EPOCH + 1)

        with pytest.raises(UnknownCursor):
            cursors.read(old)

    @pytest.mark.fidelity("realtime.verdict.expired")
    async def test_is_good_for_a_day(self, cursors: Cursors, clock: MovableClock) -> None:
        """
        To the second.
        """
        text = cursors.mint(PLACE)
        await clock.advance(timedelta(hours=24))
        last = cursors.read(text)
        await clock.advance(timedelta(seconds=1))

        with pytest.raises(CursorExpired):
            cursors.read(text)

        assert last.position == PLACE
