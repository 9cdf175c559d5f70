"""The app's side of a redirect: a loopback listener that remembers what a browser brought."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Final
from urllib.parse import parse_qsl, urlsplit

PATIENCE_S: Final = 10
PAGE: Final = b"""<!doctype html><html lang="en"><title>The app</title>
<link rel="icon" href="data:,"><h1>Back at the app</h1>"""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where apps are called back in these tests, whatever host their redirect URI names."""

    port: int
    arrivals: "Queue[dict[str, str]]"

    def arrived(self) -> dict[str, str]:
        """Take the parameters of the next arrival."""
        return self.arrivals.get(timeout=PATIENCE_S)

    def forget(self) -> None:
        """Forget arrivals that nobody took."""
        while not self.arrivals.empty():
            self.arrivals.get_nowait()


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on a free port."""
    arrivals: Queue[dict[str, str]] = Queue()

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            arrivals.put(dict(parse_qsl(urlsplit(self.path).query)))
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Callback) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Listener(server.server_port, arrivals)
        finally:
            server.shutdown()
            thread.join(PATIENCE_S)
