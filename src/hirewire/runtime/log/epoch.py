"""The name of a database's log: positions of another log mean nothing here."""

from typing import Final

from hirewire.kit.entropy import Entropy
from hirewire.runtime.db import Database, UnitOfWork

_BYTES: Final = 4
_READ: Final = "SELECT epoch FROM log_epoch"
_NAME: Final = """
    INSERT INTO log_epoch (singleton, epoch) VALUES (1, :epoch) ON CONFLICT DO NOTHING
"""
_RENAME: Final = """
    INSERT INTO log_epoch (singleton, epoch) VALUES (1, :epoch)
    ON CONFLICT (singleton) DO UPDATE SET epoch = excluded.epoch
"""


async def log_epoch(db: Database, entropy: Entropy) -> int:
    """Return the number that names the log, drawn once for all who share the database."""
    async with db.read() as reader:
        known: int | None = await reader.value(_READ)
    if known is not None:
        return known
    async with db.unit() as uow:
        await uow.run(_NAME, epoch=_drawn(entropy))
        drawn: int = await uow.value(_READ)
    return drawn


async def renew_epoch(uow: UnitOfWork, entropy: Entropy) -> None:
    """Give the log another name; whoever starts from now on goes by it."""
    old: int | None = await uow.value(_READ)
    new = _drawn(entropy)
    while new == old:
        new = _drawn(entropy)
    await uow.run(_RENAME, epoch=new)


def _drawn(entropy: Entropy) -> int:
    return int.from_bytes(entropy.token(_BYTES), "big")
