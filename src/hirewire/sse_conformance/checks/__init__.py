"""What is checked, group by group."""

from typing import Final

from hirewire.sse_conformance.checks.check import Check
from hirewire.sse_conformance.checks.doors import DOORS
from hirewire.sse_conformance.checks.framing import FRAMING
from hirewire.sse_conformance.checks.heartbeats import HEARTBEATS
from hirewire.sse_conformance.checks.pages import PAGES
from hirewire.sse_conformance.checks.places import PLACES
from hirewire.sse_conformance.checks.resume import RESUME
from hirewire.sse_conformance.checks.verdict import VERDICT

CHECKS: Final[tuple[Check, ...]] = (
    *FRAMING,
    *RESUME,
    *VERDICT,
    *HEARTBEATS,
    *PAGES,
    *DOORS,
    *PLACES,
)
"""In the order in which they are made; the last ones stop the server."""
