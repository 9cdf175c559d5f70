"""The few shapes of Markdown that the generated pages use."""

from collections.abc import Iterable, Sequence

WRITTEN_BY = "<!-- Written by `make docs`; change the code instead. -->"


def page(title: str, lead: str, *blocks: str) -> str:
    """Put a generated page together."""
    return "\n\n".join([f"# {title}", WRITTEN_BY, lead, *blocks]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, its cells safe from their own pipes and line breaks."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def code(text: str) -> str:
    """Write *text* as code within a line, or nothing for nothing."""
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
