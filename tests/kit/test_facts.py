"""Tests of facts: how they are named, written and read."""

from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.facts import START, Fact, Position, decode_fact, fact_kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class TeapotFilled(Fact):
    """A fact of this test."""

    kind: ClassVar[str] = "teapot.filled"

    at: datetime
    cups: tuple[str, ...]
    note: str | None = None


EMPLOYER = UUID(int=1)
WHEN = datetime(2026, 1, 1, 12, 30, 0, 5, tzinfo=UTC)


class TestBodies:
    def test_are_json(self) -> None:
        """A fact is written as its fields, in their order."""
        fact = TeapotFilled(employer_id=EMPLOYER, at=WHEN, cups=("tea",))

        assert fact.encode() == (
            b'{"employer_id":"00000000-0000-0000-0000-000000000001",'
            b'"at":"2026-01-01T12:30:00.000005Z","cups":["tea"],"note":null}'
        )

    @given(
        employer_id=st.none() | st.uuids(),
        at=st.datetimes(timezones=st.just(UTC)),
        cups=st.lists(st.text(st.characters(exclude_categories=["Cs"]))).map(tuple),
        note=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    )
    def test_are_read_back_by_kind(
        self, employer_id: UUID | None, at: datetime, cups: tuple[str, ...], note: str | None
    ) -> None:
        """Any fact comes back from its kind and body, from bytes and from text."""
        fact = TeapotFilled(employer_id=employer_id, at=at, cups=cups, note=note)
        body = fact.encode()

        assert decode_fact("teapot.filled", body) == fact
        assert TeapotFilled.decode(body.decode()) == fact

    def test_of_an_older_release_are_read(self) -> None:
        """A body that lacks a field with a default, or has one that is gone, is read."""
        body = '{"employer_id":null,"at":"2026-01-01T13:30:00+01:00","cups":[],"gone":1}'

        fact = decode_fact("teapot.filled", body)

        moment = datetime(2026, 1, 1, 13, 30, tzinfo=timezone(timedelta(hours=1)))
        assert fact == TeapotFilled(employer_id=None, at=moment, cups=())

    def test_of_an_unknown_kind_are_refused(self) -> None:
        """Nobody tells such facts here."""
        with pytest.raises(KeyError, match=r"teapot\.exploded"):
            decode_fact("teapot.exploded", b"{}")

    def test_cannot_be_changed(self) -> None:
        """What happened has happened."""
        fact = TeapotFilled(employer_id=None, at=WHEN, cups=())

        with pytest.raises(FrozenInstanceError):
            fact.note = "cold"  # type: ignore[misc]


class TestKinds:
    def test_are_registered(self) -> None:
        """A fact is found by its kind; the list is sorted."""
        kinds = fact_kinds()

        assert kinds["teapot.filled"] is TeapotFilled
        assert list(kinds) == sorted(kinds)

    def test_belong_to_one_fact(self) -> None:
        """A second fact of one kind is a mistake that no program starts with."""
        with pytest.raises(TypeError, match=r"two facts are called 'teapot\.filled'"):
            type("Other", (Fact,), {"kind": "teapot.filled"})

        assert fact_kinds()["teapot.filled"] is TeapotFilled


POSITIONS = st.builds(Position, st.integers(0, 2**63), st.integers(0, 2**63))


class TestPositions:
    @given(POSITIONS)
    def test_are_read_back(self, position: Position) -> None:
        """A position comes back from its text, and none is before the start."""
        assert Position.read(str(position)) == position
        assert position >= START

    @given(POSITIONS, POSITIONS)
    def test_are_ordered_by_transaction_first(self, one: Position, other: Position) -> None:
        """A later transaction is later, whatever the sequence numbers."""
        assert (one < other) == ((one.tx, one.seq) < (other.tx, other.seq))

    @pytest.mark.parametrize("text", ["", "1", "1.2.3", "a.b", "1."])
    def test_are_refused_in_any_other_form(self, text: str) -> None:
        """Only what we wrote is read."""
        with pytest.raises(ValueError, match=r"."):
            Position.read(text)
