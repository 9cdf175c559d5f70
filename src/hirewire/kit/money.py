"""Money: whole micro-units of a currency, never a float."""

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final, Self

_MICROS: Final = 1_000_000
_EXACT: Final = Context(prec=60, Emax=60, traps=[Inexact, InvalidOperation])


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in *micros* (millionths of the currency's unit) of an ISO 4217 *currency*."""

    micros: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Self:
        """
        Read a decimal *amount* of *currency*.

        Raises:
            ValueError: the amount is no finite number, or is finer than a micro-unit.
        """
        try:
            micros = _EXACT.multiply(Decimal(amount), _MICROS)
            exact = micros.is_finite() and micros == _EXACT.to_integral_value(micros)
        except (Inexact, InvalidOperation):
            exact = False
        if not exact:
            msg = f"{amount!r} is not an amount of money"
            raise ValueError(msg)
        return cls(int(micros), currency)

    @property
    def amount(self) -> Decimal:
        """The exact decimal amount in the currency's unit."""
        return _EXACT.divide(Decimal(self.micros), _MICROS)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.micros + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.micros - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.micros, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.micros < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.micros <= self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            msg = f"{self.currency} and {other.currency} do not mix"
            raise ValueError(msg)
        return other.micros
