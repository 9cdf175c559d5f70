"""Where a person goes on to after signing in: a path of this server, and nothing else."""

import re
from typing import Final
from urllib.parse import unquote

HOME: Final = "/console"
SIGN_OUT: Final = "/sign-out"

_LONGEST: Final = 4096
# What is visible in ASCII, without what browsers read as another slash, or what quotes.
_VISIBLE: Final = re.compile(r"/[!$-;=?-\[\]_a-z~]*")


def safe_next(text: str) -> str:
    """
    Return *text* if it is a path of this server, else the page that everybody has.

    Two slashes could begin a host, and dot segments could bring two together. Nobody signs in
    to go where people sign out, and where there is no page.
    """
    path = text.partition("?")[0]
    is_ours = _VISIBLE.fullmatch(text) and "//" not in path and "/." not in path
    is_ours = is_ours and unquote(path) != SIGN_OUT
    return text if is_ours and len(text) <= _LONGEST else HOME
