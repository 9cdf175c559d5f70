"""`python -m bench [name ...]`: run the named benchmarks, or all, one after the other."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def benchmarks() -> list[str]:
    """Name the modules beside this one, and the packages that can be run."""
    here = Path(__file__).parent
    modules = [file.stem for file in here.glob("*.py") if not file.stem.startswith("__")]
    packages = [file.parent.name for file in here.glob("*/__main__.py")]
    return sorted(modules + packages)


def main(names: Sequence[str]) -> int:
    """Run each in a process of its own; 1 when one failed, 2 when one does not exist."""
    known = benchmarks()
    if unknown := sorted(set(names) - set(known)):
        print(f"bench: no {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names or known:
        print(f"bench: {name}", flush=True)
        failed |= subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], check=False
        ).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
