"""Scripts that keep pages live, each under a name that changes with all that it consists of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final, Self

from starlette.routing import Route

from hirewire.web.pages.assets import JAVASCRIPT, asset, asset_path, asset_route

LIVE: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}
"""The headers of a live page: our scripts may run, and ask this server."""

_IMPORTED: Final = re.compile(r'from "\./([a-z-]+\.js)"')


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and the path of where it is."""

    path: str
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, package: str, name: str) -> Self:
        """
        Read the script *name* of *package*.

        What it imports from beside it is one of `assets`, and is asked for where that is: so a
        script has another name, too, when something has changed that it imports.
        """
        written = files(package).joinpath(name).read_text("utf-8")
        content = _IMPORTED.sub(lambda found: f'from "{asset(found[1])}"', written).encode()
        return cls(asset_path(name, content), content)

    def route(self) -> Route:
        """Mount it."""
        return asset_route(self.path, self.content, JAVASCRIPT)
