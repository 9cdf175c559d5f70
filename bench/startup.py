"""How soon `hirewire dev` is ready, and what it weighs: `python -m bench.startup`."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

STARTS: Final = 7


def main() -> None:
    """Start it on an empty data directory once, then on the same one, and print medians."""
    with tempfile.TemporaryDirectory() as folder:
        first_s, _ = _start(Path(folder))
        starts = [_start(Path(folder)) for _ in range(STARTS)]
    ready_s = statistics.median(seconds for seconds, _ in starts)
    weight_mb = statistics.median(megabytes for _, megabytes in starts)
    print(f"first start, demo world built: {first_s:.2f} s")
    print(f"ready, median of {STARTS}: {ready_s:.2f} s; resident: {weight_mb:.0f} MB")


def _start(data: Path) -> tuple[float, float]:
    """Return the seconds to the ready line, and the resident megabytes then."""
    command = [str(Path(sys.executable).with_name("hirewire")), "dev", "--port", "0"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        if process.stdout is None or "ready" not in process.stdout.readline():
            msg = "hirewire dev did not start"
            raise RuntimeError(msg)
        seconds = time.perf_counter() - began
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident_kb = int(status.split("VmRSS:")[1].split()[0])
    finally:
        process.terminate()
        process.wait(10)
    return seconds, resident_kb / 1024


if __name__ == "__main__":
    main()
