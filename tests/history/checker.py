"""
The history checker: what clients have, against the log, which is the truth.

A client's timeline is what was due to it, in the order of the log. Each cursor that it was
given stands for a place there, namely after the last update that it had by then. It comes back
with a cursor, and from that place on each update has to come once and in order, whatever the
verdict counts, until it has everything.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from tests.history.records import (
    CONFIG,
    HEARTBEAT,
    METADATA,
    TYPING,
    UPDATE,
    Client,
    Connection,
    Frame,
    Said,
    Verdict,
)

MOST_EXAMPLES: Final = 20

_WITH_ID: Final = frozenset({METADATA, CONFIG, TYPING, UPDATE})


class Fault(StrEnum):
    """What can be wrong with a history."""

    LOST = "lost"
    DOUBLED = "doubled"
    MISORDERED = "misordered"
    STRANGE = "never said, or not to this client"
    GAP = "recovered, with a gap"
    NO_VERDICT = "no verdict"
    SPARE_VERDICT = "a verdict too many"
    MISCOUNTED = "a verdict that counts wrong"
    NOT_RECOVERED = "not recovered without that reason"
    FALSELY_RECOVERED = "recovered in spite of a reason"
    WITHOUT_ID = "an event without an id"
    OTHER_ID = "one update under two ids"
    STRANGE_CURSOR = "asked with a cursor that it was never given"


@dataclass(slots=True)
class Report:
    """What the checker found; *examples* are some of the faults, in words."""

    deliveries: int = 0
    clients: int = 0
    connections: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    longest_replay: int = 0
    faults: Counter[Fault] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def blame(self, fault: Fault, where: str, count: int = 1) -> None:
        """Note a fault."""
        if count:
            self.faults[fault] += count
            if len(self.examples) < MOST_EXAMPLES:
                self.examples.append(f"{where}: {fault} ({count})")


def check(log: Sequence[Said], clients: Iterable[Client]) -> Report:
    """Compare what *clients* have with the *log*."""
    report = Report()
    ids: dict[UUID, str | None] = {}
    for client in clients:
        report.clients += 1
        _Timeline(log, client, report, ids).check()
    return report


class _Timeline:
    """
    One client's updates as they are due, and how far it has come.

    *next* is the index of the update that has to come next, None where any may.
    """

    def __init__(
        self, log: Sequence[Said], client: Client, report: Report, ids: dict[UUID, str | None]
    ) -> None:
        self.client = client
        self.report = report
        self.ids = ids
        self.due = [said for said in log if client.may_see(said)]
        self.index = {said.uuid: number for number, said in enumerate(self.due)}
        self.places: dict[str, int | None] = {}
        self.had: set[int] = set()
        self.missing: set[int] = set()
        self.where = client.name
        self.log = log
        self.next: int | None = None
        if client.since is not None:
            self.next = self._due_of(client.since)

    def check(self) -> None:
        opened = [each for each in self.client.connections if each.frames]
        for number, connection in enumerate(opened):
            self.where = f"{self.client.name}, connection {number}"
            self.report.connections += 1
            if number or connection.asked is not None:
                self._come_back(connection)
            self._judge(connection)
            self._hear(connection.frames)
        self.where = f"{self.client.name}, at the end"
        if self.next is not None:
            self.missing.update(range(self.next, len(self.due)))
        self.report.blame(Fault.LOST, self.where, len(self.missing))

    def _come_back(self, connection: Connection) -> None:
        """Go to the place that the cursor stands for."""
        verdict = connection.frames[0].verdict
        if connection.asked is None or (verdict and not verdict.is_recovered):
            # It begins where this node is, which may be before what another one has told.
            self.next = None
            self.had.clear()
            return
        if connection.asked not in self.places:
            self.report.blame(Fault.STRANGE_CURSOR, self.where)
            return
        place = self.places[connection.asked]
        if place is not None and place != self.next:
            # An older cursor: what came after it is to come again.
            self.had = {each for each in self.had if each < place}
            self.missing = {each for each in self.missing if each < place}
        self.next = place

    def _judge(self, connection: Connection) -> None:
        told = [frame for frame in connection.frames if frame.event == METADATA]
        verdicts = [frame.verdict for frame in told if frame.verdict is not None]
        may_have = 0 if connection.asked is None else 1
        self.report.blame(
            Fault.SPARE_VERDICT, self.where, max(len(verdicts) - may_have, len(told) - 1, 0)
        )
        if not may_have:
            return
        verdict = connection.frames[0].verdict
        if verdict is None:
            self.report.blame(Fault.NO_VERDICT, self.where)
            return
        self.report.verdicts[verdict.reason or "recovered"] += 1
        self.report.replayed += verdict.replayed
        self.report.longest_replay = max(self.report.longest_replay, verdict.replayed)
        if verdict.is_recovered:
            self._judge_recovered(connection, verdict)
        else:
            self._judge_not_recovered(connection, verdict)

    def _judge_recovered(self, connection: Connection, verdict: Verdict) -> None:
        if connection.fault is not None or verdict.reason is not None:
            self.report.blame(Fault.FALSELY_RECOVERED, self.where)
        if self._is_miscounted(connection, verdict.replayed):
            self.report.blame(Fault.MISCOUNTED, self.where)
        first = next((f.uuid for f in connection.frames if f.event == UPDATE), None)
        found = None if first is None else self.index.get(first)
        if found is not None and self.next is not None and found > self.next:
            self.report.blame(Fault.GAP, self.where)

    def _judge_not_recovered(self, connection: Connection, verdict: Verdict) -> None:
        if verdict.reason is None or verdict.reason != connection.fault:
            self.report.blame(Fault.NOT_RECOVERED, self.where)
        if verdict.replayed:
            self.report.blame(Fault.MISCOUNTED, self.where)

    def _is_miscounted(self, connection: Connection, replayed: int) -> bool:
        """Whether so many cannot have been there to replay, or did not follow."""
        followed = _followed_before_live(connection.frames)
        if followed is not None and followed < replayed:
            return True
        if self.next is None:
            return False
        rest = self.due[self.next :]
        if connection.said is not None:
            return replayed != self._due_of(connection.said) - self.next
        if replayed > len(rest):
            return True
        opened_at = connection.opened_at
        return opened_at is not None and any(said.at > opened_at for said in rest[:replayed])

    def _due_of(self, said: int) -> int:
        """Count what is due of the first updates of the log."""
        return sum(map(self.client.may_see, self.log[:said]))

    def _hear(self, frames: Iterable[Frame]) -> None:
        beats = 0
        for frame in frames:
            beats += frame.event == HEARTBEAT
            if frame.uuid is not None:
                self._take(frame.uuid)
                if self.ids.setdefault(frame.uuid, frame.id) != frame.id:
                    self.report.blame(Fault.OTHER_ID, self.where)
            if frame.id is not None:
                self.places[frame.id] = self.next
            elif frame.event in _WITH_ID or (beats == 1 and frame.event == HEARTBEAT):
                # Who is replayed to has no place that other events could tell.
                self.report.blame(Fault.WITHOUT_ID, self.where)

    def _take(self, uuid: UUID) -> None:
        self.report.deliveries += 1
        number = self.index.get(uuid)
        if number is None:
            self.report.blame(Fault.STRANGE, self.where)
        elif number in self.missing:
            self.missing.discard(number)
            self.had.add(number)
            self.report.blame(Fault.MISORDERED, self.where)
        elif number in self.had:
            self.report.blame(Fault.DOUBLED, self.where)
        else:
            if self.next is not None:
                self.missing.update(range(self.next, number))
            self.had.add(number)
            self.next = number + 1


def _followed_before_live(frames: Sequence[Frame]) -> int | None:
    """
    Count the updates before the stream was live for certain; None if it never was.

    The second heartbeat with an id is the first that only live streams are sent.
    """
    updates = beats = 0
    for frame in frames:
        updates += frame.event == UPDATE
        beats += frame.event == HEARTBEAT and frame.id is not None
        if beats == 2:
            return updates
    return None
