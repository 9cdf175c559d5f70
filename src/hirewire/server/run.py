"""Running the program: a server with the work behind it, the work alone, or a sandbox."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import uvloop
from starlette.routing import BaseRoute

from hirewire.kit.clock import MovableClock, SystemClock
from hirewire.kit.entropy import SystemEntropy
from hirewire.runtime.rest import lasting
from hirewire.sandbox.mailbox import Delivery, Mailbox
from hirewire.server.app import build_app
from hirewire.server.errors import AddressInUse
from hirewire.server.listeners import hear
from hirewire.server.logs import set_up_logs
from hirewire.server.mailing import sender_of, smtp_mailer
from hirewire.server.parts import Parts, open_parts, open_store
from hirewire.server.playground import playground
from hirewire.server.settings import Settings
from hirewire.web.server import Limits, bind, build_server

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    set_up_logs(settings.log_format, settings.log_level)
    sock = _bound(settings)
    uvloop.run(_serve(settings.at(settings.host, sock.getsockname()[1]), sock))


def work(settings: Settings) -> None:
    """Do the work behind the servers until told to stop."""
    set_up_logs(settings.log_format, settings.log_level)
    uvloop.run(_work(settings.at(settings.host, settings.port)))


def develop(settings: Settings) -> None:
    """Serve the demo world and its sandbox until told to stop."""
    set_up_logs(settings.log_format, settings.log_level)
    sock = _bound(settings)
    uvloop.run(_develop(settings.at(settings.host, sock.getsockname()[1]), sock))


async def _serve(settings: Settings, sock: socket.socket) -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    async with (
        open_store(settings, clock=clock, entropy=entropy) as store,
        open_parts(store) as parts,
    ):
        await _answer(parts, sock, lambda: _announce(settings))


async def _develop(settings: Settings, sock: socket.socket) -> None:
    clock = MovableClock(SystemClock().now())
    async with open_store(
        settings, clock=clock, entropy=SystemEntropy(), is_shared=False
    ) as store:
        await store.db.migrate()
        mailbox = Mailbox()
        mailer = smtp_mailer(settings) or Delivery(mailbox, clock, sender_of(settings))
        async with open_parts(store, mailer) as parts:
            ground = playground(parts, clock, mailbox)
            await ground.sandbox.prepare()
            await _answer(
                parts,
                sock,
                lambda: _announce(settings, ground.greeting()),
                sandbox=ground.routes,
                beside=(ground.look_around(),),
            )


async def _work(settings: Settings) -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    stop = asyncio.Event()
    async with (
        open_store(settings, clock=clock, entropy=entropy) as store,
        open_parts(store) as parts,
        working(parts),
    ):
        _on_signal(stop.set)
        await stop.wait()


async def _answer(
    parts: Parts,
    sock: socket.socket,
    on_ready: Callable[[], None],
    sandbox: Sequence[BaseRoute] = (),
    beside: Sequence[Coroutine[Any, Any, None]] = (),
) -> None:
    """Answer requests on *sock*, with the work behind them, and *beside* it, going on."""
    settings = parts.settings
    server = build_server(
        build_app(parts, sandbox),
        clock=SystemClock(),
        limits=Limits(
            head_s=settings.header_timeout_s, graceful_s=round(settings.shutdown_grace_s)
        ),
        on_ready=lambda _: on_ready(),
        on_drain=lambda: parts.hub.drain(settings.shutdown_grace_s),
    )
    async with working(parts, *beside):
        _on_signal(lambda: setattr(server, "should_exit", True))
        await server.serve(sockets=[sock])


@asynccontextmanager
async def working(parts: Parts, *beside: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Relay facts, run listeners and tasks, and what is *beside*, from entry to exit."""
    await parts.house.begin(parts.db)
    jobs = (
        hear(parts),
        parts.relay.run(),
        parts.tasks.run(),
        parts.listeners.run(),
        parts.key_ring.watch(parts.db),
        *parts.doors.jobs(),
        *beside,
    )
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(lasting(job)) for job in jobs]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


def _on_signal(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)


def _bound(settings: Settings) -> socket.socket:
    try:
        return bind(settings.host, settings.port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AddressInUse(host=settings.host, port=settings.port, reason=reason) from error


def _announce(settings: Settings, greeting: str = "") -> None:
    """Print the line that whoever started us waits for, in one write with the rest."""
    sys.stdout.write(f"hirewire: ready on {settings.base_url}\n{greeting}")
    sys.stdout.flush()
