"""The keys before the first request: made where there are none, and read into memory."""

from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.service import Keys
from hirewire.runtime.db.database import Database


async def ready_keys(database: Database, keys: Keys, ring: KeyRing) -> None:
    """
    See to it that *ring* signs with every algorithm.

    Servers that start at the same time may each make a key: both are published, and all sign
    with the same one as soon as they have heard of it.

    Raises:
        SealedOtherwise: the settings do not open a key.
    """
    await _read(database, ring)
    missing = ring.missing()
    if not missing:
        return
    pairs = await keys.make(missing)
    async with database.unit() as uow:
        await keys.prepare(uow, pairs)
    await _read(database, ring)


async def _read(database: Database, ring: KeyRing) -> None:
    async with database.read() as reader:
        await ring.load(reader)
