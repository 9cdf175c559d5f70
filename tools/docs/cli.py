"""`docs/cli.md`: every command of `hirewire`, with its arguments and options."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from typer.main import get_command

from hirewire.server.cli import app
from tools.docs.markdown import code, page, table

LEAD = "Every command answers `--help`."


def cli_page() -> str:
    """Write the page."""
    return page("Command line", LEAD, *_sections("hirewire", get_command(app)))


def _sections(name: str, command: Any) -> Iterator[str]:
    """Describe a command, or each command of a group; typer's classes are its own affair."""
    commands = getattr(command, "commands", None)
    if commands is None:
        yield _section(name, command)
        return
    for child in sorted(commands):
        yield from _sections(f"{name} {child}", commands[child])


def _section(name: str, command: Any) -> str:
    shown = [p for p in command.params if not getattr(p, "hidden", False) and p.name != "help"]
    rows = [[_spelling(p), _default(p), getattr(p, "help", None) or ""] for p in shown]
    parts = [f"## {code(name)}", cleandoc(command.help or "")]
    if rows:
        parts.append(table(["Argument", "Default", "Meaning"], rows))
    return "\n\n".join(parts)


def _spelling(param: Any) -> str:
    if param.param_type_name == "argument":
        return code(param.name.upper())
    return code(", ".join([*param.opts, *param.secondary_opts]))


def _default(param: Any) -> str:
    if param.required:
        return "required"
    value = param.default
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "" if value in (None, False) else code(str(value))
