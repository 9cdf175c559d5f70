"""Tests of what can be ordered of the clock."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.clock import END_OF_TIME, MovableClock
from hirewire.sandbox.errors import BadBody, BadField
from hirewire.sandbox.orders import obey, read_clock_order, read_duration
from tests.fixtures.database import MORNING


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("PT61M", timedelta(minutes=61)),
            ("P60D", timedelta(days=60)),
            ("P2W", timedelta(weeks=2)),
            ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
            ("PT0S", timedelta()),
            ("PT36H", timedelta(hours=36)),
        ],
    )
    def test_of_iso_8601_are_read(self, text: str, expected: timedelta) -> None:
        """Weeks, days, hours, minutes and seconds are read."""
        assert read_duration(text) == expected

    @pytest.mark.parametrize(
        "text", ["", "P", "PT", "61", "61M", "1h", "P1Y", "P1M", "P1W2D", "PT-1M"]
    )
    def test_in_any_other_form_are_refused(self, text: str) -> None:
        """What has no fixed length, or is no duration, is refused with an example."""
        with pytest.raises(BadField) as refusal:
            read_duration(text)

        assert str(refusal.value) == (
            "`advance` is an ISO 8601 duration without years and months, such as PT61M or P60D."
        )

    @given(
        days=st.integers(0, 9999),
        hours=st.integers(0, 99),
        minutes=st.integers(0, 99),
        seconds=st.integers(0, 99),
    )
    def test_add_up(self, days: int, hours: int, minutes: int, seconds: int) -> None:
        """Every part counts."""
        text = f"P{days}DT{hours}H{minutes}M{seconds}S"

        assert read_duration(text) == timedelta(
            days=days, hours=hours, minutes=minutes, seconds=seconds
        )


class TestReading:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (b'{"advance": 61}', "advance"),
            (b'{"freeze": 1}', "freeze"),
            (b'{"freeze": "yes"}', "freeze"),
            (b'{"at": "tomorrow"}', "at"),
            (b'{"at": "2026-03-02T10:00:00"}', "at"),
            (b'{"rate": "fast"}', "rate"),
            (b'{"rate": 0}', "rate"),
            (b'{"rate": -1}', "rate"),
            (b'{"rate": 1e300}', "rate"),
            (b'{"rate": 2, "freeze": true}', "rate"),
            (b'{"at": "2026-03-02T10:00:00Z", "advance": "PT1M"}', "at"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, body: bytes, field: str) -> None:
        """A field that cannot be obeyed is refused by its name."""
        with pytest.raises(BadField) as refusal:
            read_clock_order(body)

        assert refusal.value.field == field
        assert str(refusal.value).startswith(f"`{field}` ")

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"7", b'{"forward": "PT1M"}', b"advance=PT1M", b"\xff"]
    )
    def test_refuses_what_is_no_order(self, body: bytes) -> None:
        """What is no JSON object, or names a field that we do not know, is refused."""
        with pytest.raises(BadBody):
            read_clock_order(body)


class TestObeying:
    @pytest.mark.fidelity("sandbox.clock.advance")
    async def test_advances(self, clock: MovableClock) -> None:
        """61 minutes later everyone who slept for an hour is awake."""
        sleeper = asyncio.create_task(clock.sleep(3600))

        await obey(clock, read_clock_order(b'{"advance": "PT61M"}'))

        assert sleeper.done()
        assert clock.now() == MORNING + timedelta(minutes=61)

    async def test_moves_to_a_moment_and_freezes_there(self) -> None:
        """Freezing comes before moving, so that the moment is exact."""
        clock = MovableClock(MORNING, rate=1000)

        await obey(
            clock, read_clock_order(b'{"at": "2026-03-03T10:00:00+01:00", "freeze": true}')
        )

        assert clock.frozen
        assert clock.now() == MORNING + timedelta(days=1)

    async def test_runs_again(self, clock: MovableClock) -> None:
        """A frozen clock runs again, at the rate it had or the one it is given."""
        await obey(clock, read_clock_order(b'{"freeze": false}'))
        first = (clock.frozen, clock.rate)
        await obey(clock, read_clock_order(b'{"freeze": true}'))
        await obey(clock, read_clock_order(b'{"rate": 10}'))

        assert (first, (clock.frozen, clock.rate)) == ((False, 1.0), (False, 10.0))

    async def test_does_nothing_when_told_nothing(self, clock: MovableClock) -> None:
        """An empty order is obeyed."""
        await obey(clock, read_clock_order(b"{}"))

        assert (clock.now(), clock.frozen) == (MORNING, True)

    @pytest.mark.fidelity("sandbox.clock.never-back")
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (
                b'{"at": "2026-03-02T08:59:59Z", "freeze": false}',
                "`at` would turn the clock back: it is 2026-03-02T09:00:00+00:00 already.",
            ),
            (
                b'{"advance": "-PT1M", "freeze": false}',
                "`advance` would turn the clock back: it is 2026-03-02T09:00:00+00:00 already.",
            ),
            (
                b'{"at": "2101-01-01T00:00:00Z"}',
                "`at` would pass the year 2100, where time ends.",
            ),
            (
                b'{"advance": "P9999999D"}',
                "`advance` would pass the year 2100, where time ends.",
            ),
        ],
    )
    async def test_never_turns_back(
        self, clock: MovableClock, body: bytes, message: str
    ) -> None:
        """A move that cannot be made is refused, and the clock stays as it is."""
        with pytest.raises(BadField) as refusal:
            await obey(clock, read_clock_order(body))

        assert str(refusal.value) == message
        assert (clock.now(), clock.frozen) == (MORNING, True)

    async def test_two_orders_at_once_add_up(self, clock: MovableClock) -> None:
        """Two who advance at the same time advance by the sum."""
        order = read_clock_order(b'{"advance": "PT30M"}')

        await asyncio.gather(obey(clock, order), obey(clock, order))

        assert clock.now() == MORNING + timedelta(hours=1)

    @pytest.mark.fidelity("sandbox.clock.prepared")
    @pytest.mark.parametrize(
        "second", ['{"advance": "PT30M"}', '{"at": "2026-03-02T10:00:00Z"}']
    )
    async def test_each_move_is_prepared_when_its_turn_comes(
        self, clock: MovableClock, second: str
    ) -> None:
        """A second order waits for the first, and is prepared where that one ended."""
        prepared: list[tuple[datetime, datetime]] = []

        async def prepare(until: datetime) -> None:
            prepared.append((clock.now(), until))
            await asyncio.sleep(0)

        await asyncio.gather(
            obey(clock, read_clock_order(b'{"advance": "PT30M"}'), prepare),
            obey(clock, read_clock_order(second.encode()), prepare),
        )

        half, whole = MORNING + timedelta(minutes=30), MORNING + timedelta(hours=1)
        assert prepared == [(MORNING, half), (half, whole)]
        assert clock.now() == whole

    async def test_time_stands_still_while_a_move_is_prepared(self) -> None:
        """However fast it runs, the clock leaps from the moment that it was prepared at."""
        clock = MovableClock(MORNING, rate=100_000)
        prepared: list[datetime] = []

        async def prepare(until: datetime) -> None:
            before = clock.now()
            await asyncio.sleep(0.01)
            prepared.append(until)
            assert clock.now() == before == until - timedelta(days=1)

        await obey(clock, read_clock_order(b'{"advance": "P1D", "freeze": true}'), prepare)

        assert prepared == [clock.now()]

    async def test_two_orders_at_once_do_not_pass_the_end_of_time(self) -> None:
        """The second of two that are too much together is refused, with its freeze."""
        clock = MovableClock(MORNING)

        results = await asyncio.gather(
            obey(clock, read_clock_order(b'{"advance": "P2000W"}')),
            obey(clock, read_clock_order(b'{"advance": "P2000W", "freeze": true}')),
            return_exceptions=True,
        )

        assert results[0] is None
        assert str(results[1]) == "`advance` would pass the year 2100, where time ends."
        assert clock.frozen is False
        assert MORNING < clock.now() < MORNING + timedelta(weeks=2001)

    @pytest.mark.fidelity("sandbox.clock.end-of-time")
    async def test_a_fast_clock_does_not_run_past_the_end_of_time(self) -> None:
        """It stands still there, and can be set to no later moment."""
        clock = MovableClock(MORNING)
        await obey(clock, read_clock_order(b'{"at": "2099-12-31T23:59:59Z", "rate": 1e5}'))

        await clock.sleep_until(END_OF_TIME)
        await asyncio.sleep(0.002)
        with pytest.raises(BadField) as refusal:
            await obey(clock, read_clock_order(b'{"advance": "PT1S"}'))

        assert str(refusal.value) == "`advance` would pass the year 2100, where time ends."
        assert clock.now() == END_OF_TIME

    async def test_an_order_that_came_too_late_changes_nothing(self) -> None:
        """Where another order moved the clock beyond `at` meanwhile, the freeze is undone."""
        clock = MovableClock(MORNING, rate=2)

        results = await asyncio.gather(
            obey(clock, read_clock_order(b'{"advance": "P1D"}')),
            obey(clock, read_clock_order(b'{"at": "2026-03-02T10:00:00Z", "freeze": true}')),
            return_exceptions=True,
        )

        assert isinstance(results[1], BadField)
        assert (clock.frozen, clock.rate) == (False, 2)
