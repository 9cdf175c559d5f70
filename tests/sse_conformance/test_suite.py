"""The suite on a tiny server: it passes what is right, and finds each fault where it is."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest
import pytest_asyncio

from hirewire.sse_conformance.checks import CHECKS
from hirewire.sse_conformance.options import Options, read_options
from hirewire.sse_conformance.suite import Finding, Outcome, findings
from tests.sse_conformance.tiny import (
    FAULTS_THAT_ARE_NONE,
    HEARTBEAT_S,
    LIMIT,
    ORIGIN,
    TOKEN,
    Tiny,
    tiny,
)

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="module")]

FAULTS: Final = {
    "status": "framing.status",
    "content type": "framing.content-type",
    "charset": "framing.content-type",
    "cached": "framing.cache-control",
    "coding": "framing.coding",
    "length": "framing.coding",
    "silence": "framing.first-byte",
    "0x in a chunk's size": "framing.whole-events",
    "a chunk's size signed": "framing.whole-events",
    "a chunk's size spaced": "framing.whole-events",
    "a chunk's size grouped": "framing.whole-events",
    "no end of a chunk": "framing.whole-events",
    "not UTF-8": "framing.utf-8",
    "BOM": "framing.bom",
    "NUL": "framing.nul",
    "bad retry": "framing.retry",
    "no blank line": "framing.whole-events",
    "lost when live": "framing.arrival",
    "no id": "framing.ids",
    "no retry": "framing.retry-hint",
    "filter does nothing": "filter.event-types",
    "any filter": "filter.unknown",
    "no resume": "resume.header",
    "gap": "resume.header",
    "doubles": "resume.header",
    "order": "resume.header",
    "from the beginning": "resume.midway",
    "no query": "resume.query",
    "query wins": "resume.header-wins",
    "verdict for all": "verdict.none",
    "no verdict": "verdict.recovered",
    "miscounts": "verdict.recovered",
    "no heartbeat": "heartbeat.interval",
    "heartbeat stays": "heartbeat.cursor",
    "no Authorization from pages": "cors.preflight",
    "no sharing": "cors.trusted",
    "no Vary": "cors.trusted",
    "preflight for anybody": "cors.other-preflight",
    "streams for anybody": "cors.other",
    "no token": "auth.none",
    "any token": "auth.bad",
    "HEAD differs": "methods.head",
    "no Allow": "methods.options",
    "any method": "methods.other",
    "no limit": "limits.streams",
    "no Retry-After": "limits.streams",
    "places are not given back": "limits.streams",
    "no last word": "drain.end",
    "torn end": "drain.end",
}


FAULTS_ELSEWHERE: Final = {
    ("from the beginning", "resume.end"),
    ("no verdict", "verdict.unknown"),
    ("any token", "auth.expired"),
    ("status", "auth.token"),
}
"""What another check is for, and these find as well."""

NAMES: Final = tuple(
    dict.fromkeys(check.id if check.group == "resume" else check.group for check in CHECKS)
)
"""All checks: by their groups, but for those of a group that takes long."""

SOME_NAMES: Final = tuple(name for name in NAMES if name.startswith(("framing", "resume")))

AT_ONCE: Final = 24
"""How many servers are checked at once: more would keep each other waiting."""

Found = Mapping[str, Finding]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found() -> Mapping[tuple[str, str], Found]:
    """
    Return what a check, or a group, finds on a server with a fault, or with none.

    Each has a server of its own. Many wait at once, so that each may wait for long.
    """
    places = asyncio.Semaphore(AT_ONCE)
    right = {(oddity, name) for oddity in FAULTS_THAT_ARE_NONE for name in SOME_NAMES}
    wanted = {*FAULTS.items(), *FAULTS_ELSEWHERE, *right, *(("", name) for name in NAMES)}
    async with asyncio.TaskGroup() as tasks:
        asked = {each: tasks.create_task(found_on(*each, places)) for each in sorted(wanted)}
    return {each: task.result() for each, task in asked.items()}


async def found_on(fault: str, name: str, places: asyncio.Semaphore) -> Found:
    """Make one check or one group of them on a server of its own."""
    async with places, tiny(fault) as server:
        options = told_of(server, name)
        if name.startswith("drain"):
            options = replace(options, drain_command=stopping(server))
        return await found_by(options)


def told_of(server: Tiny, *only: str) -> Options:
    """Say all that can be said of a tiny server."""
    base = f"http://127.0.0.1:{server.port}"
    arguments = [
        f"{base}/stream",
        "--profile=hirewire",
        f"--token={TOKEN}",
        "--expired-token=another",
        f"--origin={ORIGIN}",
        f"--publish-url={base}/say",
        "--other-event-type=b",
        f"--heartbeat-s={HEARTBEAT_S}",
        "--quiet-s=0.3",
        f"--limit={LIMIT}",
        "--patience-s=4",
        "--return-s=4",
    ]
    return read_options([*arguments, *(f"--only={name}" for name in only)])


async def found_by(options: Options) -> dict[str, Finding]:
    """Run the suite."""
    return {finding.check.id: finding async for finding in findings(options)}


def outcomes(found: dict[str, Finding], outcome: Outcome) -> dict[str, str]:
    """Pick what came out so, and why."""
    return {name: each.reason for name, each in found.items() if each.outcome is outcome}


class TestRightServer:
    @pytest.mark.parametrize("oddity", FAULTS_THAT_ARE_NONE)
    @pytest.mark.fidelity("sse-conformance.passes-what-is-right")
    async def test_passes(self, oddity: str, found: Mapping[tuple[str, str], Found]) -> None:
        """
        Whatever line endings it likes, and however it frames its body.
        """
        names = SOME_NAMES if oddity else NAMES

        outcomes = {
            each.check.id: (each.outcome, each.reason)
            for name in names
            for each in found[oddity, name].values()
            if each.outcome is not Outcome.PASSED
        }

        assert outcomes == {}

    async def test_of_the_standard_alone_is_asked_for_less(self) -> None:
        """
        What hirewire promises beyond it is skipped, with the reason.
        """
        async with tiny("no last word") as server:
            options = replace(told_of(server, "verdict", "framing"), profile="html")
            found = await found_by(options)

        assert outcomes(found, Outcome.FAILED) == {}
        assert set(outcomes(found, Outcome.SKIPPED)) == {
            "framing.bom",
            "framing.ids",
            "framing.retry-hint",
            "verdict.none",
            "verdict.recovered",
            "verdict.unknown",
        }


class TestFaults:
    @pytest.mark.parametrize(("fault", "check"), FAULTS.items())
    @pytest.mark.fidelity("sse-conformance.finds-each-fault")
    async def test_are_found(
        self, fault: str, check: str, found: Mapping[tuple[str, str], Found]
    ) -> None:
        """
        Each by the check that is for it.
        """
        finding = found[fault, check][check]

        assert finding.outcome is Outcome.FAILED
        assert finding.reason

    async def test_are_there_for_each_check(self) -> None:
        """
        A check that never fails checks nothing.
        """
        unproven = {check.id for check in CHECKS} - set(FAULTS.values())

        assert unproven == {check for _, check in FAULTS_ELSEWHERE}

    async def test_of_nobody_there(self) -> None:
        """
        A server that does not answer fails every check, and crashes none.
        """
        async with tiny() as server:
            options = told_of(server, "framing.status", "drain.end")
            port = server.port
        assert port

        found = await found_by(replace(options, drain_command="true"))

        assert set(outcomes(found, Outcome.FAILED)) == {"framing.status", "drain.end"}


class TestRestOfThem:
    @pytest.mark.parametrize(("fault", "check"), sorted(FAULTS_ELSEWHERE))
    async def test_fail_too(
        self, fault: str, check: str, found: Mapping[tuple[str, str], Found]
    ) -> None:
        """
        What another check is for shows here as well.
        """
        assert found[fault, check][check].outcome is Outcome.FAILED


class TestNotTold:
    async def test_is_skipped_with_the_reason(self) -> None:
        """
        What cannot be checked does not count as checked.
        """
        async with tiny() as server:
            options = replace(
                told_of(server, "resume.header", "cors.preflight", "limits.streams"),
                publish_url=None,
                origin=None,
                limit=None,
            )
            found = await found_by(options)

        assert outcomes(found, Outcome.SKIPPED) == {
            "resume.header": (
                "neither --publish-command nor --publish-url says how to cause events"
            ),
            "cors.preflight": "--origin is not given",
            "limits.streams": "--limit is not given",
        }


def stopping(server: Tiny) -> str:
    """Spell the command line that ends the streams of *server*."""
    url = f"http://127.0.0.1:{server.port}/stop"
    return f"{sys.executable} -c 'import urllib.request as u; u.urlopen(\"{url}\")'"
