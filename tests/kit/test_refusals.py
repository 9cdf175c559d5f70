"""Tests of refusals: each has a kind, a code and a sentence."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from hirewire.kit.caller import MissingScope, NoEmployer, Unauthenticated
from hirewire.kit.refusals import HirewireError, Kind, every_refusal


@dataclass(eq=False)
class TooShort(HirewireError):
    """A refusal of this test."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "tests.too_short"

    asked: int

    def __str__(self) -> str:
        return f"{self.asked} is too short."


@dataclass(eq=False)
class MuchTooShort(TooShort):
    """A refusal below another."""

    code: ClassVar[str] = "tests.much_too_short"


class Unnamed(HirewireError):
    """Stands between refusals, and is none itself."""


class TestRefusal:
    def test_is_raised_with_its_fields(self) -> None:
        """A refusal carries what the caller needs to know, typed."""
        with pytest.raises(TooShort, match="3 is too short") as refusal:
            raise TooShort(asked=3)

        assert (refusal.value.asked, refusal.value.kind) == (3, Kind.BAD_INPUT)

    def test_two_are_never_equal(self) -> None:
        """Refusals compare by identity, as exceptions do, and can be kept in sets."""
        one, other = TooShort(asked=3), TooShort(asked=3)

        assert one != other
        assert len({one, other}) == 2


class TestEveryRefusal:
    def test_finds_those_with_a_code(self) -> None:
        """The catalogue holds every class that names a code of its own, at any depth."""
        found = every_refusal()

        assert {TooShort, MuchTooShort, Unauthenticated, MissingScope, NoEmployer} <= set(found)
        assert not {HirewireError, Unnamed} & set(found)

    def test_is_sorted_by_code(self) -> None:
        """The catalogue always reads the same."""
        codes = [refusal.code for refusal in every_refusal()]

        assert codes == sorted(codes)
