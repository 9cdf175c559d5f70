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

NGINX: Final = Path("/usr/sbin/nginx")
NCHAN: Final = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
ROOT: Final = Path(__file__).parents[2]
_SERVER_CORE: Final = "0"
_START_S: Final = 20.0

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
      nchan_publisher; nchan_channel_id t; nchan_message_buffer_length 10;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server by its name, and the Python module and arguments that run it, if it is ours."""

    name: str
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """A server that answers on *port*; *pid* is the process that does the work."""

    port: int
    pid: int


OURS: Final = Contender("hirewire", ("bench.fanout.ours",))
BARE_SOCKET: Final = Contender("bare protocol, os.write", ("bench.fanout.bare", "socket"))
BARE_WRITE: Final = Contender("bare protocol, transport.write", ("bench.fanout.bare", "write"))
NCHAN_SERVER: Final = Contender("nchan")


def has_nchan() -> bool:
    return NGINX.exists() and NCHAN.exists()


@contextmanager
def started(contender: Contender) -> Iterator[Started]:
    """Run *contender* alone on its core while the block lasts."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            ["taskset", "-c", _SERVER_CORE, *_command(contender, port, Path(folder))],
            cwd=ROOT,
        )
        try:
            _await_answer(port)
            yield Started(port, _worker_of(contender, process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=_START_S)


def _command(contender: Contender, port: int, folder: Path) -> list[str]:
    if contender.command:
        module, *rest = contender.command
        return [sys.executable, "-m", module, str(port), *rest]
    folder.chmod(0o755)
    conf = folder / "nginx.conf"
    conf.write_text(_NGINX_CONF.format(module=NCHAN, folder=folder, port=port))
    return [str(NGINX), "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log")]


def _worker_of(contender: Contender, pid: int) -> int:
    if contender is not NCHAN_SERVER:
        return pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


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
