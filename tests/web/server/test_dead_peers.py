"""
Peers that are gone without a word, and peers that take nothing, over real sockets.

A client is made to go dead by a packet filter on its socket that drops all it is sent, so that
nothing is acknowledged. The kernel's timers are real: the tests wait for some seconds.
"""

import ctypes
import fcntl
import socket
import struct

import pytest

from hirewire.web.streams.frames import frame
from hirewire.web.streams.peers import PeerWatch
from hirewire.web.streams.slot import Reason
from tests.web.server.running import Client, World, running

BPF_RET_K = 0x06
SO_ATTACH_FILTER = 26
SIOCOUTQNSD = 0x894B
IMPATIENT = PeerWatch(idle_s=1, interval_s=1, probes=2, unanswered_ms=1_000)
SMALL = PeerWatch(unsent_bytes=16 * 1024)


class Instruction(ctypes.Structure):
    """One step of a packet filter: `struct sock_filter` of `linux/filter.h`."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("constant", ctypes.c_uint32),
    )


class PacketFilter(ctypes.Structure):
    """A packet filter: `struct sock_fprog` of `linux/filter.h`."""

    _fields_ = (
        ("length", ctypes.c_ushort),
        ("instructions", ctypes.POINTER(Instruction)),
    )


def go_dead(client: Client) -> None:
    """Let *client* neither hear nor answer anything any more, without closing."""
    take_no_byte = Instruction(code=BPF_RET_K, constant=0)
    program = PacketFilter(length=1, instructions=ctypes.pointer(take_no_byte))
    client.writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(program)
    )


def unsent_in_kernel(world: World) -> int:
    """How much the kernel holds that it could not send to the one reader."""
    sock = world.hub.listeners("t")[0].pipe.get_extra_info("socket")
    answer = fcntl.ioctl(sock.fileno(), SIOCOUTQNSD, struct.pack("i", 0))
    (size,) = struct.unpack("i", answer)
    return int(size)


class TestDeadPeers:
    @pytest.mark.fidelity("streams.dead-peer.found")
    @pytest.mark.parametrize("is_sent_something", [False, True], ids=["idle", "sent"])
    async def test_one_is_found_within_seconds(self, *, is_sent_something: bool) -> None:
        """A stream whose reader vanished ends, whether or not there is anything to send."""
        async with running(watch=IMPATIENT) as world:
            client, other = await world.listen(), await world.listen()
            await world.streams(2)

            go_dead(client)
            if is_sent_something:
                world.hub.publish("t", frame(data="1"))
            await world.streams(1)
            world.hub.publish("t", frame(data="2"))

            assert world.hub.counts.closed[Reason.CLIENT] == 1
            assert (await other.hear_until(b"data: 2\n\n")).endswith(b"data: 2\n\n")


class TestStuckPeers:
    @pytest.mark.fidelity("streams.slow-reader.bounded")
    async def test_the_kernel_holds_little_for_one(self) -> None:
        """What a reader leaves no room for waits with us, where it is counted and bounded."""
        async with running(watch=SMALL) as world:
            await world.listen(buffer_bytes=1024)
            await world.streams(1)

            while not world.hub.unsent_bytes:
                world.hub.publish("t", b"data: " + b"x" * 4096 + b"\n\n")
                world.hub.flush()

            assert 0 < unsent_in_kernel(world) < 64 * 1024
