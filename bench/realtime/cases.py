"""What is measured: each case prints its figures, keeps them, and holds them to a target."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Final, cast

from bench.realtime.contenders import (
    APART,
    BARE,
    NCHAN,
    OTHER_STACKS,
    OURS,
    Contender,
    module,
    started,
)
from bench.realtime.load import Figures, against, fresh

KIB_PER_STREAM: Final = 2.0
IDLE_LOAD: Final = 0.08
P99_MS: Final = 15.0
_MARKER: Final = 'eventId\\":\\"'
_MS: Final = 1e6


@dataclass(slots=True)
class Bench:
    """The programs that a case needs, how long it may take, and what was found so far."""

    client: Path
    ceiling: Contender
    folder: Path
    repetitions: int
    is_quick: bool
    found: dict[str, object] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)

    def judge(self, what: str, *, value: float, target: float, at_least: bool) -> None:
        """Hold *value* against its target."""
        is_met = value >= target if at_least else value <= target
        sign = "at least" if at_least else "at most"
        self.verdicts.append(
            f"{'reached' if is_met else 'MISSED'}: {what}: {value:.2f} ({sign} {target})"
        )

    def in_turn(
        self, contenders: Sequence[Contender], repetitions: int, **asked: int | str
    ) -> dict[str, list[Figures]]:
        """Put the same load on each, repeatedly; who is first changes from turn to turn."""
        runs: dict[str, list[Figures]] = {each.name: [] for each in contenders}
        for turn in range(repetitions):
            first = turn % len(contenders)
            for each in [*contenders[first:], *contenders[:first]]:
                print(f"  {turn + 1}/{repetitions} {each.name}", flush=True)
                runs[each.name].append(fresh(self.client, each, **asked))
        return runs


def fan_out(bench: Bench) -> None:
    """One message at a time to 1,000 and 5,000 streams."""
    for streams, messages in ((1000, 300), (5000, 80)):
        contenders = [OURS, *_there(NCHAN), bench.ceiling, BARE]
        runs = bench.in_turn(
            contenders,
            bench.repetitions,
            streams=streams,
            messages=messages // (5 if bench.is_quick else 1),
            warmup=20,
        )
        _show(bench, f"{streams:,} streams, one message at a time", runs)
        if NCHAN.name in runs:
            _judge_ratio(bench, f"{streams:,} streams, x nchan", runs, NCHAN.name, 1.4)
        _judge_ratio(bench, f"{streams:,} streams, x C", runs, bench.ceiling.name, 0.8)


def bursts(bench: Bench) -> None:
    """Bursts of 100 messages to 1,000 streams."""
    runs = bench.in_turn(
        [OURS, *_there(NCHAN)],
        bench.repetitions,
        streams=1000,
        messages=500 if bench.is_quick else 2000,
        warmup=100,
        depth=100,
        burst=1,
    )
    _show(bench, "1,000 streams, bursts of 100 messages", runs)
    if NCHAN.name in runs:
        _judge_ratio(bench, "bursts, x nchan", runs, NCHAN.name, 5.0)


def stacks(bench: Bench) -> None:
    """The same load on the usual stacks."""
    runs = bench.in_turn(
        [OURS, *_there(NCHAN), *_there(*OTHER_STACKS)],
        1 if bench.is_quick else 3,
        streams=1000,
        messages=30,
        warmup=5,
    )
    _show(bench, "1,000 streams, one message at a time, other stacks", runs)


def memory(bench: Bench) -> None:
    """What an idle stream weighs, with a topic of its own and four ids that hold it."""
    lines = ["streams     one topic   a topic each   KiB resident for each"]
    for streams in (1000, 5000, 10_000, 15_000):
        shared, apart = (
            fresh(bench.client, each, streams=streams, hold=1)["kib_per_stream"]
            for each in (OURS, APART)
        )
        lines.append(f"{streams:>7,}{shared:>14.2f}{apart:>15.2f}")
        bench.found[f"memory, {streams} streams"] = {"one topic": shared, "apart": apart}
        bench.judge(
            f"KiB for each of {streams:,} idle streams",
            value=max(shared, apart),
            target=KIB_PER_STREAM,
            at_least=False,
        )
    print("\n".join(lines))


def idle(bench: Bench) -> None:
    """15,000 streams that get nothing but heartbeats."""
    figures = fresh(bench.client, APART, streams=15_000, hold=30 if bench.is_quick else 60)
    bench.found["idle, 15000 streams"] = figures
    print(
        f"{figures['server_load']:.2%} of a core; {figures['reads']:,.0f} heartbeats of "
        f"{figures['bytes'] / figures['reads']:.0f} bytes"
    )
    bench.judge(
        "load of 15,000 idle streams",
        value=figures["server_load"],
        target=IDLE_LOAD,
        at_least=False,
    )


def latency(bench: Bench) -> None:
    """From the commit to the sockets of 1,000 streams, 50 messages a second."""
    figures = _pipeline(bench, streams=1000, seconds=10 if bench.is_quick else 30, rate=50)
    bench.judge(
        "ms from commit to the last of 1,000 sockets, p99",
        value=figures["socket_p99_ms"],
        target=P99_MS,
        at_least=False,
    )


def threads(bench: Bench) -> None:
    """10,000 streams in as many threads, 2,000 messages a second."""
    seconds = 10 if bench.is_quick else 60
    figures = _pipeline(bench, streams=10_000, seconds=seconds, rate=2000, how="apart")
    bench.judge(
        "messages that waited all through a second of the last third",
        value=figures["always_waiting"],
        target=20.0,
        at_least=False,
    )


def storm(bench: Bench) -> None:
    """5,000 streams that come back to the next node after a drain."""
    streams = 1000 if bench.is_quick else 5000
    with started(OURS) as server, started(OURS) as other:
        client = subprocess.Popen(
            [
                *("taskset", "-c", "1", sys.executable, "-m", "bench.realtime.storm"),
                *(str(server.port), str(other.port), str(streams)),
            ],
            stdout=subprocess.PIPE,
        )
        said = cast(IO[bytes], client.stdout)
        said.readline()  # All are open.
        server.process.send_signal(signal.SIGTERM)
        figures = json.loads(said.read())
        client.wait()
    each = figures["in_each_second"][: int(figures["span_s"])]  # the last one is not whole
    ratio = max(each) / (sum(each) / len(each))
    bench.found[f"storm, {streams} streams"] = figures | {"peak_by_mean": ratio}
    print(f"{figures['returned']:,} came back in {figures['span_s']:.1f} s: {each}")
    bench.judge(
        f"return of {streams:,} streams, peak ÷ mean", value=ratio, target=2.0, at_least=False
    )


CASES: Final[Mapping[str, Callable[[Bench], None]]] = {
    "fan-out": fan_out,
    "bursts": bursts,
    "latency": latency,
    "memory": memory,
    "idle": idle,
    "threads": threads,
    "storm": storm,
    "stacks": stacks,
}


def _there(*contenders: Contender) -> list[Contender]:
    for each in contenders:
        if not each.is_there():
            print(f"  {each.name} is not installed: no comparison with it.")
    return [each for each in contenders if each.is_there()]


def _pipeline(bench: Bench, *, streams: int, seconds: int, rate: int, how: str = "") -> Figures:
    times = bench.folder / "times"
    given = (str(seconds), str(rate), *([how] if how else []))
    with started(Contender("pipeline", module("pipeline"), given)) as server:
        load = against(
            bench.client,
            server,
            streams=streams,
            messages=seconds * rate,
            listen=1,
            apart=int(how == "apart"),
            marker=_MARKER,
            times=str(times),
        )
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/figures") as answer:
            told = json.load(answer)
    arrived = [int(line) for line in times.read_text().split()]
    to_socket = _sorted_ms(told["written"], told["committed"])
    to_client = _sorted_ms(arrived, told["committed"])
    least, most = zip(*told["waiting"], strict=True)
    third = max(1, len(most) // 3)
    figures = load | {
        "socket_p50_ms": _part(to_socket, 0.5),
        "socket_p99_ms": _part(to_socket, 0.99),
        "client_p50_ms": _part(to_client, 0.5),
        "client_p99_ms": _part(to_client, 0.99),
        "most_waiting": max(most),
        "always_waiting": max(least[-third:]),
    }
    bench.found[f"pipeline, {streams} streams, {rate}/s"] = figures | {
        "waiting": told["waiting"]
    }
    print(
        f"commit to last socket: p50 {figures['socket_p50_ms']:.1f} ms, "
        f"p99 {figures['socket_p99_ms']:.1f} ms; to last client: p50 "
        f"{figures['client_p50_ms']:.1f} ms, p99 {figures['client_p99_ms']:.1f} ms; "
        f"{load['server_load']:.0%} of a core; waiting at most: {max(most)}"
    )
    return figures


def _sorted_ms(ends: Sequence[int], begins: Sequence[int]) -> list[float]:
    return sorted((end - begin) / _MS for end, begin in zip(ends, begins, strict=True))


def _part(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _ratio(runs: Mapping[str, list[Figures]], control: str) -> float:
    pairs = zip(runs[OURS.name], runs[control], strict=True)
    return median(ours["per_cpu_s"] / theirs["per_cpu_s"] for ours, theirs in pairs)


def _judge_ratio(
    bench: Bench, what: str, runs: Mapping[str, list[Figures]], control: str, target: float
) -> None:
    bench.judge(what, value=_ratio(runs, control), target=target, at_least=True)


def _show(bench: Bench, title: str, runs: Mapping[str, list[Figures]]) -> None:
    bench.found[title] = runs
    print(
        f"\n{title}\n{'server':<30}{'deliveries/s':>13}{'per CPU-s':>12}{'ours is':>9}"
        f"{'p50 ms':>9}{'p99 ms':>9}{'frame':>7}{'KiB/stream':>12}"
    )
    for name, figures in runs.items():
        of = {key: median(each[key] for each in figures) for key in figures[0]}
        print(
            f"{name:<30}{of['per_s']:>13,.0f}{of['per_cpu_s']:>12,.0f}"
            f"{_ratio(runs, name):>8.2f}x{of['last_p50_ms']:>9.2f}{of['last_p99_ms']:>9.2f}"
            f"{of['frame_bytes']:>7.0f}{of['kib_per_stream']:>12.2f}"
        )
