"""Who hears which fact, in this process."""

from hirewire.kit.facts import Recorded
from hirewire.oauth.facts import KeysRotated
from hirewire.runtime.db import DRIVER_ERRORS
from hirewire.runtime.rest import until_reached
from hirewire.server.parts import Parts


async def hear(parts: Parts) -> None:
    """
    Follow the log from now on, and hand each fact to whoever reacts; until cancelled.

    Only the kinds of `parts.HEARD` come here. What was revoked, and which keys there are, is
    read once the log is followed, so that nothing falls in between. A database that is away
    just then is waited for: a process that served on without hearing would tell nobody
    anything.
    """
    announcer, clock = parts.streams.announcer, parts.clock
    begin = await until_reached(clock, lambda: announcer.begin(parts.log), DRIVER_ERRORS)
    # Nobody looks by the clock where there are no other processes: that would seem old.
    on_look = announcer.looked if parts.log.poll_s is not None else None
    async with parts.log.follow(begin, on_look) as facts:
        await until_reached(clock, lambda: _load(parts), DRIVER_ERRORS)
        announcer.follow()
        async for recorded in facts:
            await _hand_on(parts, recorded)


async def _load(parts: Parts) -> None:
    async with parts.db.read() as reader:
        await parts.revoked.load(reader)
        await parts.key_ring.load(reader)
    parts.known_apps.forget()


async def _hand_on(parts: Parts, recorded: Recorded) -> None:
    parts.revoked.hear(recorded.fact)
    parts.known_apps.hear(recorded.fact)
    parts.doors.departures.hear(recorded.fact, recorded.position)
    parts.doors.pages.hear(recorded)
    parts.streams.announcer.announce(recorded)
    parts.doorbell.hear(recorded)
    if recorded.fact.kind == KeysRotated.kind:
        await parts.key_ring.reload(parts.db)
