"""
`python -m tools.fidelity`: every documented behaviour is proven by a test, and says so.

`fidelity/*.toml` lists the behaviours with their sources; `@pytest.mark.fidelity("id")` in
`tests/` claims the proof. A behaviour without a test, a test naming an unknown behaviour, and
a malformed entry all fail.
"""

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KINDS: Final = ("documented", "derived", "chosen")
LONGEST_QUOTE: Final = 12

_ID: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_REQUIRED: Final = frozenset({"id", "source", "kind"})
_ALLOWED: Final = _REQUIRED | {"quote"}
_MARK: Final = "pytest.mark.fidelity"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One promise: its id, and the file of `fidelity/` that lists it."""

    id: str
    file: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One mark in a test: the behaviour it names, and where it stands."""

    id: str
    where: str


def read_behaviours(folder: Path) -> tuple[list[Behaviour], list[str]]:
    """Read every list in *folder*; the second half says what is wrong with them."""
    behaviours: list[Behaviour] = []
    wrong: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        content = tomllib.loads(file.read_text("utf-8"))
        if content.keys() - {"behaviour"}:
            wrong.append(f"{file.name}: only [[behaviour]] tables are known")
        for entry in content.get("behaviour", []):
            name = str(entry.get("id", "an entry without id"))
            wrong.extend(f"{file.name}: {name}: {fault}" for fault in _faults(entry))
            behaviours.append(Behaviour(name, file.name))
    times = Counter(behaviour.id for behaviour in behaviours)
    wrong.extend(f"{name}: listed {n} times" for name, n in times.items() if n > 1)
    return behaviours, wrong


def read_claims(folder: Path) -> tuple[list[Claim], list[str]]:
    """Read every fidelity mark in *folder*; the second half says which cannot be read."""
    claims: list[Claim] = []
    wrong: list[str] = []
    for file in sorted(folder.rglob("*.py")):
        path = file.relative_to(folder.parent).as_posix()
        for call in _marks(ast.parse(file.read_text("utf-8"), path)):
            where = f"{path}:{call.lineno}"
            if call.keywords or not call.args:
                wrong.append(f"{where}: a fidelity mark names its ids, and nothing else")
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    claims.append(Claim(argument.value, where))
                else:
                    wrong.append(f"{where}: a fidelity id is written as a plain string")
    return claims, wrong


def compare(behaviours: Iterable[Behaviour], claims: Iterable[Claim]) -> list[str]:
    """Say which behaviours no test proves, and which tests prove what nobody promised."""
    listed = {behaviour.id: behaviour.file for behaviour in behaviours}
    claimed = {claim.id for claim in claims}
    unproven = [
        f"{file}: {name}: no test proves it"
        for name, file in listed.items()
        if name not in claimed
    ]
    unknown = [f"{c.where}: {c.id}: no such behaviour" for c in claims if c.id not in listed]
    return unproven + unknown


def coverage(behaviours: Iterable[Behaviour], claims: Iterable[Claim]) -> list[str]:
    """Count the proven behaviours, a line per file and one for all."""
    claimed = {claim.id for claim in claims}
    listed = Counter(behaviour.file for behaviour in behaviours)
    proven = Counter(behaviour.file for behaviour in behaviours if behaviour.id in claimed)
    lines = [f"{file}: {proven[file]} of {listed[file]}" for file in sorted(listed)]
    return [*lines, f"fidelity: {proven.total()} of {listed.total()} behaviours proven"]


def main(root: Path) -> int:
    """Check the project at *root*; 1 when anything is amiss."""
    behaviours, bad_lists = read_behaviours(root / "fidelity")
    claims, bad_marks = read_claims(root / "tests")
    wrong = [*bad_lists, *bad_marks, *compare(behaviours, claims)]
    print("\n".join([*wrong, *coverage(behaviours, claims)]))
    return 1 if wrong else 0


def _faults(entry: Mapping[str, object]) -> Iterator[str]:
    if missing := sorted(_REQUIRED - entry.keys()):
        yield f"lacks {', '.join(missing)}"
    if extra := sorted(entry.keys() - _ALLOWED):
        yield f"has unknown {', '.join(extra)}"
    if _ID.fullmatch(str(entry.get("id", ""))) is None:
        yield "an id is lower-case words joined by dots and hyphens"
    if entry.get("kind") not in KINDS:
        yield f"a kind is one of {', '.join(KINDS)}"
    if not str(entry.get("source", "")).strip():
        yield "a source says where to look it up"
    if len(str(entry.get("quote", "")).split()) > LONGEST_QUOTE:
        yield f"a quote has at most {LONGEST_QUOTE} words"


def _marks(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == _MARK:
            yield node


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
