"""
How often apps may fail to prove themselves before they are told to wait.

Only failures are counted, so that who proves itself never waits, whoever else knocks under its
name; secrets have 256 random bits, and are not found by trying. What is limited is noise.
"""

import hashlib
from collections.abc import Callable
from typing import TypeAlias

from starlette.requests import Request

from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.errors import InvalidClient, InvalidGrant
from hirewire.web.networks import network_of
from hirewire.web.rate_limits import RateLimit, TooManyRequests

Limited: TypeAlias = Callable[[HirewireError, Request], HirewireError]
"""Takes the refusal of a request, and returns the one to answer with."""


class Failures:
    """Counts failures per client id and per network, *per_minute* of each."""

    def __init__(self, clock: Clock, *, per_minute: int) -> None:
        per_second = per_minute / 60
        self._of_app = RateLimit(clock, per_second=per_second, burst=per_minute)
        self._of_network = RateLimit(clock, per_second=per_second, burst=per_minute)

    def limited(self, refusal: HirewireError, request: Request) -> HirewireError:
        """Count *refusal* if an app failed to prove itself; too many become another one."""
        if not isinstance(refusal, InvalidClient | InvalidGrant) or refusal.client_id is None:
            return refusal
        try:
            self._of_app.take(_name(refusal.client_id))
            self._of_network.take(network_of(request))
        except TooManyRequests as too_many:
            return too_many
        return refusal


def unlimited(refusal: HirewireError, _: Request) -> HirewireError:
    """Answer with what is the matter, however often."""
    return refusal


def _name(client_id: str) -> str:
    """Name an app, or what somebody takes for one, in a text that is never long."""
    return hashlib.sha256(client_id.encode()).hexdigest()
