"""The clients of docs/apis/realtime.md, as they stand there."""

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[3] / "docs" / "apis" / "realtime.md"

_SNIPPET: Final = re.compile(
    r"^### ([^\n]+)\n(?:(?!^#)[^\n]*\n)*?```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

SNIPPETS: Final = dict(_SNIPPET.findall(PAGE.read_text("utf-8")))
"""Each under its heading."""
