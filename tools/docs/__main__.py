"""`python -m tools.docs [--check]`: write the generated pages, or fail if one is stale."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tools.docs.cli import cli_page
from tools.docs.errors import errors_page
from tools.docs.facts import facts_page
from tools.docs.schema import schema_page
from tools.docs.settings import settings_page

PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "docs/cli.md": cli_page,
        "docs/errors.md": errors_page,
        "docs/facts.md": facts_page,
        "docs/settings.md": settings_page,
        "schema.graphql": schema_page,
    }
)


def stale_pages(root: Path) -> list[str]:
    """Name the pages below *root* that are not what the code says now."""
    return [
        name
        for name, write in PAGES.items()
        if not (root / name).exists() or (root / name).read_text("utf-8") != write()
    ]


def write_pages(root: Path) -> list[str]:
    """Write the stale pages anew, and name them."""
    stale = stale_pages(root)
    for name in stale:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(PAGES[name](), "utf-8")
    return stale


def main(arguments: Sequence[str]) -> int:
    """Write, or with `--check` only look; 1 when a page is stale."""
    root = Path.cwd()
    if "--check" not in arguments:
        print(f"docs: wrote {', '.join(write_pages(root)) or 'nothing'}")
        return 0
    stale = stale_pages(root)
    print(f"docs: stale, run `make docs`: {', '.join(stale)}" if stale else "docs: fresh")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
