"""What can be ordered of the clock, and obeying it."""

import json
import re
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec

from hirewire.kit.clock import END_OF_TIME, ClockRunsForward, MovableClock, Prepare
from hirewire.sandbox.errors import BadBody, BadField

SLOWEST: Final = 0.001
FASTEST: Final = 100_000.0

_WEEKS: Final = re.compile(r"P(\d{1,5})W")
_FIELD: Final = re.compile(r"(?P<problem>.*) - at `\$\.(?P<field>\w+).*`")


class ClockOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of an order; what is left out stays as it is."""

    advance: str | None = None
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    freeze: bool | None = None
    rate: float | None = None


def read_clock_order(body: bytes) -> ClockOrder:
    """
    Read an order.

    Raises:
        BadBody: it is no JSON object, or names what we do not know.
        BadField: a field is of the wrong type, or cannot stand beside another.
    """
    try:
        order = msgspec.json.decode(body, type=ClockOrder)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise explained(body, error) from None
    if order.advance is not None and order.at is not None:
        raise BadField(field="at", problem="cannot stand beside `advance`: move once")
    if order.rate is not None and order.freeze:
        raise BadField(field="rate", problem="cannot stand beside `freeze`: which one is it")
    if order.rate is not None and not SLOWEST <= order.rate <= FASTEST:
        raise BadField(field="rate", problem=f"is from {SLOWEST:g} to {FASTEST:g}")
    return order


async def _go_at_once(_: datetime) -> None:
    """Prepare nothing."""


async def obey(clock: MovableClock, order: ClockOrder, prepare: Prepare = _go_at_once) -> None:
    """
    Freeze, move and run *clock*, in this order, as far as *order* says so.

    It stops at each moment on the way at which something is due, and nowhere else.

    Raises:
        BadField: it would go back, or too far; nothing has changed then.
    """
    by = None if order.advance is None else _length(clock, order.advance)
    at = None if order.at is None else _moment(clock, order.at)
    frozen, rate = clock.frozen, clock.rate
    if order.freeze:
        clock.freeze()
    try:
        await _move(clock, by, at, prepare)
    except BadField:
        if order.freeze and not frozen:
            clock.run(rate)
        raise
    if order.freeze is False or order.rate is not None:
        clock.run(order.rate or rate)


def read_duration(text: str) -> timedelta:
    """
    Read an ISO 8601 duration of weeks, or of days, hours, minutes and seconds.

    Raises:
        BadField: it is none, or has years or months, whose length nobody knows.
    """
    if match := _WEEKS.fullmatch(text):
        return timedelta(weeks=int(match[1]))
    try:
        return msgspec.convert(text, timedelta)
    except msgspec.ValidationError:
        problem = "is an ISO 8601 duration without years and months, such as PT61M or P60D"
        raise BadField(field="advance", problem=problem) from None


def explained(body: bytes, error: Exception) -> BadBody | BadField:
    """Turn what msgspec says of *body* into a refusal that names the field."""
    if _has_lone_surrogate(body):  # Of which msgspec says that the body ends too early.
        return BadBody(problem="it has a surrogate, \\ud800 to \\udfff, alone")
    match = _FIELD.fullmatch(str(error))
    if match is None:
        return BadBody(problem=str(error))
    problem = match["problem"]
    return BadField(
        field=match["field"], problem=f"is wrong: {problem[0].lower()}{problem[1:]}"
    )


def _has_lone_surrogate(body: bytes) -> bool:
    """Tell whether *body* is JSON with half of a pair of surrogates."""
    try:
        text = json.dumps(json.loads(body.decode()), ensure_ascii=False)
    except (ValueError, RecursionError):
        return False
    return any("\ud800" <= each <= "\udfff" for each in text)


async def _move(
    clock: MovableClock, by: timedelta | None, at: datetime | None, prepare: Prepare
) -> None:
    """Move, in turn with everybody else; who was before may have left too little of time."""

    async def leap(moment: datetime) -> None:
        if moment > END_OF_TIME:
            raise _too_far("advance")
        await prepare(moment)

    if by is not None:
        await clock.advance(by, leap)
    if at is not None:
        try:
            await clock.move_to(at, leap)
        except ClockRunsForward:
            raise _back(clock, "at") from None


def _length(clock: MovableClock, text: str) -> timedelta:
    by = read_duration(text)
    if by < timedelta():
        raise _back(clock, "advance")
    if by > END_OF_TIME - clock.now():
        raise _too_far("advance")
    return by


def _moment(clock: MovableClock, at: datetime) -> datetime:
    if at < clock.now():
        raise _back(clock, "at")
    if at > END_OF_TIME:
        raise _too_far("at")
    return at


def _back(clock: MovableClock, field: str) -> BadField:
    now = clock.now().isoformat()
    return BadField(field=field, problem=f"would turn the clock back: it is {now} already")


def _too_far(field: str) -> BadField:
    year = END_OF_TIME.year
    return BadField(field=field, problem=f"would pass the year {year}, where time ends")
