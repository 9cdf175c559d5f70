"""Tests of money."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.money import Money

MICROS = st.integers(-(2**63), 2**63 - 1)


class TestReading:
    @pytest.mark.parametrize(
        ("amount", "micros"),
        [
            ("0.25", 250_000),
            ("0.000001", 1),
            ("-3.50", -3_500_000),
            ("1e3", 1_000_000_000),
            (7, 7_000_000),
            (Decimal("19.99"), 19_990_000),
        ],
    )
    def test_is_exact(self, amount: Decimal | int | str, micros: int) -> None:
        """A decimal amount becomes whole millionths."""
        assert Money.of(amount, "USD") == Money(micros, "USD")

    @pytest.mark.parametrize(
        "amount",
        ["", "ten", "NaN", "sNaN", "Infinity", "-Infinity", "0.0000001", "1e999999999", "1,5"],
    )
    def test_refuses_what_is_no_amount(self, amount: str) -> None:
        """What is no finite number, or finer than a millionth, is refused."""
        with pytest.raises(ValueError, match="is not an amount of money"):
            Money.of(amount, "USD")

    def test_never_rounds(self) -> None:
        """Digits that decimal arithmetic would drop in silence are refused instead."""
        with pytest.raises(ValueError, match="is not an amount of money"):
            Money.of("12345678901234567890123.4567891", "USD")

    @given(MICROS)
    def test_the_amount_is_read_back(self, micros: int) -> None:
        """Whatever the amount, and whatever precision the caller works in, it comes back."""
        money = Money(micros, "EUR")

        with localcontext(prec=3):
            again = Money.of(money.amount, "EUR")

        assert again == money


class TestArithmetic:
    @given(MICROS, MICROS)
    def test_is_that_of_integers(self, a: int, b: int) -> None:
        """Sums, differences and order are those of the micro-units."""
        one, other = Money(a, "JPY"), Money(b, "JPY")

        assert (one + other).micros == a + b
        assert (one - other).micros == a - b
        assert (-one).micros == -a
        assert (one < other, one <= other, one > other, one >= other) == (
            a < b,
            a <= b,
            a > b,
            a >= b,
        )

    def test_never_mixes_currencies(self) -> None:
        """Dollars and yen are neither added, subtracted nor compared."""
        dollars, yen = Money.of(1, "USD"), Money.of(1, "JPY")

        with pytest.raises(ValueError, match="USD and JPY do not mix"):
            dollars + yen
        with pytest.raises(ValueError, match="do not mix"):
            dollars - yen
        with pytest.raises(ValueError, match="do not mix"):
            _ = dollars < yen
        with pytest.raises(ValueError, match="do not mix"):
            _ = dollars <= yen

    def test_of_two_currencies_is_never_equal(self) -> None:
        """One dollar is not one yen."""
        assert Money.of(1, "USD") != Money.of(1, "JPY")
