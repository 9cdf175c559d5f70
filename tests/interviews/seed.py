"""
The documents of seed 001, and the ids and the time that they speak of.

The documents are in `documents/`; where the saved page shows "[email protected]", a mail
address stands instead, and nothing else was changed.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from hirewire.kit.clock import MovableClock
from hirewire.kit.ids import IdMaker

DOCUMENTS: Final = Path(__file__).parent / "documents"
FIRST: Final = UUID("c0cbfcf3-961a-4b6f-a199-e4043f4016cf")
SECOND: Final = UUID("3f372a37-9529-446b-bd98-5dbc8c057c84")
CURSOR: Final = UUID("fb2451f0-b0c3-459c-980b-55e18a5ce9e4")
SUMMER: Final = datetime(2022, 6, 29, 21, 0, tzinfo=UTC)


def document(name: str) -> str:
    """Read one document of the seed."""
    return (DOCUMENTS / f"{name}.graphql").read_text("utf-8")


class ChosenIds(IdMaker):
    """Mints the ids of the seed where a test asks for them, and ids of its own otherwise."""

    def __init__(self, clock: MovableClock, entropy: Any) -> None:
        super().__init__(clock, entropy)
        self.chosen: list[UUID] = []

    def new(self) -> UUID:
        return self.chosen.pop() if self.chosen else super().new()
