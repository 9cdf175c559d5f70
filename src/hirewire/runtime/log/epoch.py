"""The name of a database's log: positions of another log mean nothing here."""

from typing import Final

from hirewire.kit.entropy import Entropy
from hirewire.runtime.db import Database

_BYTES: Final = 4
_READ: Final = "SELECT epoch FROM log_epoch"
_NAME: Final = """
    INSERT INTO log_epoch (singleton, epoch) VALUES (1, :epoch) ON CONFLICT DO NOTHING
"""


async def log_epoch(db: Database, entropy: Entropy) -> int:
    """Return the number that names the log, drawn once for all who share the database."""
    async with db.read() as reader:
        known: int | None = await reader.value(_READ)
    if known is not None:
        return known
    async with db.unit() as uow:
        await uow.run(_NAME, epoch=int.from_bytes(entropy.token(_BYTES), "big"))
        drawn: int = await uow.value(_READ)
    return drawn
