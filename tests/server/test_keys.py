"""Signing keys of several processes on one database."""

from datetime import timedelta

import pytest
from joserfc import jws

from hirewire.kit.clock import MovableClock
from hirewire.oauth.model import ALGORITHMS
from hirewire.runtime.log.log import POLL_S
from hirewire.server.chores import KeyRotation
from hirewire.server.errors import BadArgument
from hirewire.server.listeners import hear
from hirewire.server.parts import Parts
from hirewire.server.settings import Settings
from tests.fixtures.background import in_background, until
from tests.server.processes import process


def key_ids(parts: Parts) -> set[str]:
    """The ids of the keys that a process publishes."""
    keys = parts.key_ring.public()["keys"]
    assert isinstance(keys, list)
    return {key["kid"] for key in keys}


class TestStart:
    async def test_misses_no_key_of_who_started_meanwhile(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        A key that comes between the look at the start and the first fact heard is published.
        """
        async with (
            process(settings, clock) as (_, one),
            process(settings, clock) as (store, _),
        ):
            await KeyRotation(algorithms=(), at_once=True).do(store)
            before = len(key_ids(one))

            async with in_background(hear(one)):
                await until(lambda: len(key_ids(one)) > before)

            assert (before, len(key_ids(one))) == (2, 4)


class TestRotation:
    async def test_of_an_algorithm_that_there_is_not(
        self, settings: Settings, clock: MovableClock
    ) -> None:
        """
        A misspelt algorithm is refused, and no key is made.
        """
        async with process(settings, clock) as (store, parts):
            with pytest.raises(BadArgument) as refusal:
                await KeyRotation(algorithms=("RS256", "RS512"), at_once=False).do(store)

            async with store.db.read() as reader:
                await parts.key_ring.load(reader)
            assert str(refusal.value) == "--algorithm takes one of ES256, RS256."
            assert len(key_ids(parts)) == 2

    @pytest.mark.fidelity("oauth.keys.overlap")
    async def test_is_heard_by_every_process(
        self,
        settings: Settings,
        clock: MovableClock,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """
        What the command rotates, other processes publish at once, sign with five minutes
        later, and verify without having been asked before.
        """
        async with (
            process(settings, clock) as (_, one),
            process(settings, clock) as (store, other),
            in_background(hear(one), hear(other)),
        ):
            before = key_ids(one)
            await KeyRotation(algorithms=(), at_once=False).do(store)
            await clock.advance(timedelta(seconds=POLL_S))
            await until(lambda: len(key_ids(one)) == len(key_ids(other)) == 4)
            published = key_ids(one), key_ids(other)
            old = one.key_ring.sign("RS256", "JWT", b"{}")
            await clock.advance(timedelta(minutes=5))
            new = one.key_ring.sign("RS256", "JWT", b"{}")

            old_id, new_id = (
                str(jws.extract_compact(token.encode()).headers()["kid"])
                for token in (old, new)
            )
            lines = capsys.readouterr().out.splitlines()
            assert before < published[0] == published[1]
            assert old_id in before
            assert new_id in published[0] - before
            assert other.key_ring.find(new_id) is not None
            assert [line.split()[0] for line in lines] == list(ALGORITHMS)
            assert lines[1] == f"RS256 key {new_id} signs from 2026-03-02T09:05:00+00:00"
