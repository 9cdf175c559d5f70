"""What can be wrong with a parked fact."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoSuchParkedFact(HirewireError):
    """Somebody asked for a parked fact that is not there."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "facts.no_such_parked_fact"

    id: str

    def __str__(self) -> str:
        return f"No parked fact has the id {self.id}."
