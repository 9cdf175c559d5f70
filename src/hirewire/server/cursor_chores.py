"""The chore of `hirewire cursors`: what to do about cursors when a backup was restored."""

from hirewire.runtime.log.epoch import renew_epoch
from hirewire.server.chores import say
from hirewire.server.parts import Store


async def renew(store: Store) -> None:
    """Give the log another name: cursors tell by which one they were made."""
    await store.db.ready()
    async with store.db.unit() as uow:
        await renew_epoch(uow, store.entropy)
    say("no cursor from before is known any more: start the servers")
