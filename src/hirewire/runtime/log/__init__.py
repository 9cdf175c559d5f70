"""
The log: every fact in one order, and those who react to it (decision 0011).

`Log` is read and followed. `Relay` carries facts from the table to the bus. `Listeners` run
what must happen exactly once for each fact, a `DurableListener` each; what one cannot handle
is `parked`, until somebody has it tried again or drops it. `prune` removes facts that are old
and needed by none of them.
"""

from hirewire.runtime.log.listeners import Listeners
from hirewire.runtime.log.log import Log
from hirewire.runtime.log.parking import (
    ParkedFact,
    count_parked,
    drop,
    parked,
    retry,
    retry_all,
)
from hirewire.runtime.log.relay import Relay
from hirewire.runtime.log.runner import DurableListener
from hirewire.runtime.log.store import forget, prune

__all__ = [
    "DurableListener",
    "Listeners",
    "Log",
    "ParkedFact",
    "Relay",
    "count_parked",
    "drop",
    "forget",
    "parked",
    "prune",
    "retry",
    "retry_all",
]
