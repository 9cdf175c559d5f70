"""One connection to a nats-server: its stream, and whether it is up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import BadRequestError, NoStreamResponseError, ServiceUnavailableError

from hirewire.runtime.bus.errors import BusUnavailable
from hirewire.runtime.bus.seam import LARGEST_BODY_BYTES
from hirewire.runtime.rest import is_being_cancelled

ANSWER_WITHIN_S: Final = 5.0
RECONNECT_EVERY_S: Final = 0.2
PING_EVERY_S: Final = 10
KEPT_FOR_S: Final = 24 * 3600
DOUBLES_KNOWN_FOR_S: Final = 120
BUFFER_BYTES: Final = 8 * 1_048_576

_HEADERS_BYTES: Final = 1_024
_OTHER_CONFIGURATION: Final = 10_058

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class NatsLink:
    """
    A connection that comes back by itself.

    Whoever depends on it adds a callback to `on_down`, called before the first attempt to
    reconnect, to `on_up`, called once reconnected, or to `on_lost`, called when it is over.
    """

    where: str
    installation: str
    client: Client = field(default_factory=Client)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    on_down: set[Callable[[], None]] = field(default_factory=set)
    on_up: set[Callable[[], None]] = field(default_factory=set)
    on_lost: set[Callable[[BusUnavailable], None]] = field(default_factory=set)

    _jetstream: JetStreamContext = field(init=False)
    _last_error: str = "it does not answer"
    _is_over: bool = False

    def __post_init__(self) -> None:
        self._jetstream = JetStreamContext(self.client, timeout=ANSWER_WITHIN_S)

    @classmethod
    async def open(cls, url: str, installation: str) -> Self:
        """Connect to the server at *url*, and see that it can do what the bus needs."""
        link = cls(url.rpartition("@")[2].removeprefix("nats://"), installation)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await link._connect(url)
                link._check_server()
                await link.stream()
        except (OSError, NatsError, TimeoutError) as error:
            await link.close()
            raise link.unavailable(reason=link._reason(error)) from error
        except BusUnavailable:
            await link.close()
            raise
        link.up.set()
        return link

    @property
    def jetstream(self) -> JetStreamContext:
        """The server's persistence; each of its requests has a timeout."""
        return self._jetstream

    def subject(self, topic: str) -> str:
        """Spell *topic* as one token of a subject, whatever characters it has."""
        return f"{self.installation}.{quote(topic, safe='').replace('.', '%2E') or '%'}"

    def unkept(self, topic: str) -> str:
        """Spell *topic* where the stream, whose subjects have two tokens, does not take it."""
        return f"{self.installation}.unkept.{self.subject(topic).partition('.')[2]}"

    async def stream(self) -> StreamInfo:
        """Describe the stream of this installation, made first if it is not there."""
        config = StreamConfig(
            name=self.installation,
            subjects=[f"{self.installation}.*"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            max_age=KEPT_FOR_S,
            duplicate_window=DOUBLES_KNOWN_FOR_S,
        )
        try:
            return await self.jetstream.add_stream(config)
        except BadRequestError as error:
            if error.err_code != _OTHER_CONFIGURATION:
                raise
        # An operator may have given it replicas or bounds of their own.
        return await self.jetstream.stream_info(self.installation)

    def unavailable(self, *, reason: str) -> BusUnavailable:
        return BusUnavailable(where=self.where, reason=reason)

    async def close(self) -> None:
        """Close the connection for good."""
        self.on_lost.clear()
        self.up.clear()
        await self._close_client()
        self._is_over = True
        await self._clear_away()

    def revive(self) -> None:
        """Have the client reconnect, where the task in which it does so ended of itself."""
        task = self.client._reconnection_task  # noqa: SLF001 - it has no other name for it
        if self.client.is_reconnecting and (task is None or task.done()):
            _log.warning("bus.revived", where=self.where)
            self.client._reconnection_task = asyncio.create_task(  # noqa: SLF001
                self.client._attempt_reconnect()  # noqa: SLF001
            )

    async def _close_client(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self.client.close()
        except TimeoutError:
            _log.warning("bus.not_closed", where=self.where)
        except asyncio.CancelledError:
            # Two of its tasks wait for one future; the end of one cancels it under the other.
            if is_being_cancelled():
                raise

    async def _clear_away(self) -> None:
        """
        End what the client leaves behind when it is closed while it reconnects.

        An attempt that ends at the moment in which it is cancelled misses the cancel and goes
        on, and one that is cancelled once it is connected leaves its tasks and its socket.
        """
        client = self.client
        await _end(client._reconnection_task)  # noqa: SLF001 - it has no other name for them
        if not client.is_closed:
            await self._close_client()
        if client._transport is not None:  # noqa: SLF001
            client._transport.close()  # type: ignore[no-untyped-call]  # noqa: SLF001
        await _end(
            client._reading_task,  # noqa: SLF001
            client._ping_interval_task,  # noqa: SLF001
            client._flusher_task,  # noqa: SLF001
        )

    async def _connect(self, url: str) -> None:
        await self.client.connect(
            url,
            name=f"hirewire {self.installation}",
            error_cb=self._noted,
            disconnected_cb=self._went_down,
            reconnected_cb=self._came_up,
            closed_cb=self._was_lost,
            max_reconnect_attempts=1,
            reconnect_time_wait=RECONNECT_EVERY_S,  # type: ignore[arg-type]  # it only sleeps it
            connect_timeout=int(ANSWER_WITHIN_S),
            ping_interval=PING_EVERY_S,
            pending_size=BUFFER_BYTES,
        )
        # A server that is absent at the start is a mistake; later, it is coming back.
        self.client.options["max_reconnect_attempts"] = -1

    def _check_server(self) -> None:
        needed = LARGEST_BODY_BYTES + _HEADERS_BYTES
        if self.client.max_payload < needed:
            reason = f"its max_payload is {self.client.max_payload}, hirewire needs {needed}"
            raise self.unavailable(reason=reason)

    def _reason(self, error: Exception) -> str:
        if isinstance(error, (NoStreamResponseError, ServiceUnavailableError)):
            return "it runs without JetStream"
        if isinstance(error, BadRequestError):
            return f"it refuses the stream {self.installation!r}: {error.description}"
        return self._last_error

    async def _noted(self, error: Exception) -> None:
        self._last_error = str(error).removeprefix("nats: ") or type(error).__name__
        _log.debug("bus.error", where=self.where, error=self._last_error)
        self._check_wanted()

    async def _went_down(self) -> None:
        if self.up.is_set():
            self.up.clear()
            _log.warning("bus.down", where=self.where, error=self._last_error)
        for call in tuple(self.on_down):
            call()

    async def _came_up(self) -> None:
        self._check_wanted()
        self.up.set()
        _log.info("bus.up", where=self.where)
        for call in tuple(self.on_up):
            call()

    def _check_wanted(self) -> None:
        """End an attempt to reconnect that outlived the link; it ends of nothing else."""
        if self._is_over:
            raise asyncio.CancelledError

    async def _was_lost(self) -> None:
        for call in tuple(self.on_lost):
            call(self.unavailable(reason=self._last_error))


async def _end(*tasks: asyncio.Task[None] | None) -> None:
    """Cancel those of *tasks* that are under way, and wait for them, within bounds."""
    current = [task for task in tasks if task is not None and not task.done()]
    for task in current:
        task.cancel()
    if current:
        await asyncio.wait(current, timeout=ANSWER_WITHIN_S)
