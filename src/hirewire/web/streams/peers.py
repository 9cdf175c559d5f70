"""How the kernel is asked to watch over connections: dead peers, and bytes that pile up."""

import socket
from dataclasses import dataclass
from typing import Any, Final, Protocol

from hirewire.web.streams.slot import INDIRECT, Pipe

_NETWORK: Final = frozenset({socket.AF_INET, socket.AF_INET6})
# TCP_CLOSE and TCP_CLOSE_WAIT, of the states that Linux has for a connection.
_LEFT: Final = frozenset({7, 8})


class _Named(Protocol):
    """The part of a transport that names its socket."""

    def get_extra_info(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerWatch:
    """
    How soon a peer that is gone without a word is found: a heartbeat alone does not find it.

    A connection that is silent for *idle_s* is probed every *interval_s*, and given up after
    *probes* of them, or when what was sent stays unanswered for *unanswered_ms*. The kernel
    holds at most *unsent_bytes* that a reader leaves no room for; what comes on top waits with
    us, where it is counted.
    """

    idle_s: int = 10
    interval_s: int = 3
    probes: int = 3
    unanswered_ms: int = 15_000
    unsent_bytes: int = 128 * 1024

    def begin(self, pipe: Pipe) -> None:
        """Watch over the peer of *pipe*, where there is one on a network."""
        sock = pipe.get_extra_info("socket")
        if sock is None or sock.family not in _NETWORK:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (
            (socket.TCP_KEEPIDLE, self.idle_s),
            (socket.TCP_KEEPINTVL, self.interval_s),
            (socket.TCP_KEEPCNT, self.probes),
            (socket.TCP_USER_TIMEOUT, self.unanswered_ms),
            (socket.TCP_NOTSENT_LOWAT, self.unsent_bytes),
        ):
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def has_left(pipe: _Named) -> bool:
    """Tell whether the peer of *pipe* has closed, also where nobody has read so far yet."""
    sock = pipe.get_extra_info("socket")
    if sock is None or sock.family not in _NETWORK:
        return False
    # The state is the first byte of what the kernel tells of a connection.
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in _LEFT


def socket_of(pipe: Pipe) -> int:
    """Find the socket that may be written to beside *pipe*, if there is one."""
    sock = pipe.get_extra_info("socket")
    if sock is None or pipe.get_extra_info("sslcontext") is not None:
        return INDIRECT
    fd: int = sock.fileno()
    return fd
