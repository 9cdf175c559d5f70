"""`/healthz` says that the process lives, `/readyz` that it can do its work, `/metrics` how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hirewire.kit.refusals import HirewireError
from hirewire.runtime.bus import Bus
from hirewire.runtime.db import DRIVER_ERRORS, Database, DatabaseTooNew
from hirewire.server.metrics import CONTENT_TYPE, Metrics
from hirewire.web.streams.hub import Hub

_LATER: Final = {"retry-after": "2"}  # as whoever is refused for want of a database is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What has to work before requests are let in; *is_following* tells of the log."""

    db: Database
    bus: Bus
    hub: Hub
    metrics: Metrics
    is_following: Callable[[], bool]

    async def alive(self, _: Request) -> Response:
        """Answer, which is all there is to say."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """Answer 200 where everything works, else 503; each check by name."""
        checks = {
            "database": await self._database(),
            "bus": "ok" if self.bus.is_up else "the bus is out of reach",
            "log": "ok" if self.is_following() else "the log is not followed yet",
            "draining": "the server is shutting down" if self.hub.is_draining else "ok",
        }
        if set(checks.values()) != {"ok"}:
            body = {"status": "unavailable", "checks": checks}
            return JSONResponse(body, status_code=503, headers=_LATER)
        return JSONResponse({"status": "ok", "checks": checks})

    async def meters(self, _: Request) -> Response:
        """Answer with every meter in Prometheus' text format."""
        return Response(self.metrics.page(), media_type=CONTENT_TYPE)

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            Route("/healthz", self.alive, methods=["GET"]),
            Route("/readyz", self.ready, methods=["GET"]),
            Route("/metrics", self.meters, methods=["GET"]),
        ]

    async def _database(self) -> str:
        try:
            await self.db.ready()
        except DatabaseTooNew:
            # A newer program migrated it meanwhile, and migrations are safe before a deploy.
            return "ok"
        except HirewireError as refusal:
            return str(refusal)
        except DRIVER_ERRORS as error:
            return type(error).__name__
        return "ok"
