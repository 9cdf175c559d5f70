"""`clock`: only `hirewire.kit` reads the time, sleeps, or draws randomness."""

import ast
from collections.abc import Iterator
from typing import Final

from tools.lint.names import Origins
from tools.lint.source import Finding, Source, finding_at

RULE: Final = "clock"

_MODULES: Final = ("random.", "secrets.")
_HARMLESS: Final = frozenset({"secrets.compare_digest"})
_CALLS: Final = frozenset(
    {
        "asyncio.sleep",
        "datetime.date.today",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "os.getrandom",
        "os.urandom",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.sleep",
        "time.time",
        "time.time_ns",
        "uuid.uuid1",
        "uuid.uuid4",
    }
)
# OpenSSL draws for itself where it makes a whole key.
_KEY_MAKERS: Final = ("cryptography.", (".generate", ".generate_key", ".generate_private_key"))
_LOOP_METHODS: Final = frozenset({"call_at", "call_later"})
_OF_A_CLOCK: Final = "clock"


def check(source: Source) -> Iterator[Finding]:
    """Find every mention, called or not, of something that is not repeatable."""
    if not source.inside or source.inside[0] == "kit":
        return
    origins = Origins.of(source.tree)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        name = origins.resolve(node)
        if name in _CALLS or _draws(name):
            yield finding_at(RULE, node, f"{name} outside kit; ask the clock or the entropy")
        elif isinstance(node, ast.Attribute) and _sets_a_timer(node):
            yield finding_at(RULE, node, f"{node.attr} outside kit; ask the clock")


def _draws(name: str) -> bool:
    library, makers = _KEY_MAKERS
    if name.startswith(library):
        return name.endswith(makers)
    return name.startswith(_MODULES) and name not in _HARMLESS


def _sets_a_timer(node: ast.Attribute) -> bool:
    """A loop's `call_later` does; the clock's own method of that name is the way to."""
    owner = node.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return node.attr in _LOOP_METHODS and not name.endswith(_OF_A_CLOCK)
