"""Tests of page cursors."""

from base64 import b64encode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.cursors import BadCursor, Cursor

SEED_001 = "ZmIyNDUxZjAtYjBjMy00NTljLTk4MGItNTVlMThhNWNlOWU0fDQ"
ID = "fb2451f0-b0c3-459c-980b-55e18a5ce9e4"


def encoded(plain: str) -> str:
    return b64encode(plain.encode()).decode()


class TestForm:
    @pytest.mark.fidelity("kit.cursors.seed-001")
    def test_is_the_documented_one(self) -> None:
        """The guide's example is a row's UUID and an index; we write it the same way."""
        cursor = Cursor.read(SEED_001)

        assert cursor == Cursor(UUID(ID), 4)
        assert str(cursor) == SEED_001

    @given(st.uuids(), st.integers(0, 10**15 - 1))
    def test_is_read_back(self, id: UUID, index: int) -> None:
        """Every cursor comes back, also when someone padded it."""
        cursor = Cursor(id, index)
        text = str(cursor)

        assert Cursor.read(text) == cursor
        assert Cursor.read(text + "=" * (-len(text) % 4)) == cursor

    @given(st.uuids(), st.integers(0, 10**15 - 1))
    def test_is_safe_in_an_address(self, id: UUID, index: int) -> None:
        """A cursor is letters and digits only."""
        assert str(Cursor(id, index)).isalnum()


class TestRefusals:
    @pytest.mark.fidelity("kit.cursors.refused-as-documented")
    def test_says_the_documented_sentence(self) -> None:
        """The guide's bad cursor gets the guide's message."""
        with pytest.raises(BadCursor) as refusal:
            Cursor.read("1˙∆")

        assert str(refusal.value) == "Encountered issue parsing cursor '1˙∆'."
        assert (refusal.value.kind.value, refusal.value.cursor) == ("bad_input", "1˙∆")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "=",
            "A",
            SEED_001[:-1],
            f"{SEED_001}!",
            f"!{SEED_001}",
            f"{SEED_001}\n",
            SEED_001[:20] + " " + SEED_001[20:],
            encoded(ID),
            encoded(f"{ID}|"),
            encoded(f"{ID}|-1"),
            encoded(f"{ID}|04"),
            encoded(f"{ID}|4|4"),
            encoded(f"{ID}|{10**15}"),
            encoded(f"{ID}|٤"),
            encoded(f"{ID.upper()}|4"),
            encoded(f"{ID.replace('-', '')}|4"),
            encoded("2022-06-29T22:00:00+00:00"),
        ],
    )
    def test_what_we_never_wrote(self, text: str) -> None:
        """Anything that is not one of our cursors is refused."""
        with pytest.raises(BadCursor):
            Cursor.read(text)

    def test_quotes_no_more_than_a_line(self) -> None:
        """A megabyte of nonsense is neither decoded nor sent back."""
        with pytest.raises(BadCursor) as refusal:
            Cursor.read("A" * 1_000_000)

        assert refusal.value.cursor == "A" * 200

    @given(st.text())
    def test_whatever_the_text(self, text: str) -> None:
        """Text at random is refused, never a crash."""
        with pytest.raises(BadCursor):
            Cursor.read(text)
