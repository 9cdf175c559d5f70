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
    parts = [f"## {code(name)}", cleandoc(command.help or "")]
    if shown:
        parts.append(_table(shown))
    return "\n\n".join(parts)


def _table(params: list[Any]) -> str:
    """List the arguments; the environment only where there is one that is taken from it."""
    columns = {
        "Argument": [_spelling(each) for each in params],
        "Environment": [_environment(each) for each in params],
        "Default": [_default(each) for each in params],
        "Meaning": [getattr(each, "help", None) or "" for each in params],
    }
    if not any(columns["Environment"]):
        del columns["Environment"]
    return table([*columns], [list(row) for row in zip(*columns.values(), strict=True)])


def _spelling(param: Any) -> str:
    if param.param_type_name == "argument":
        return code(param.name.upper())
    return code(", ".join([*param.opts, *param.secondary_opts]))


def _environment(param: Any) -> str:
    """Name the variable whose value holds where the option is not given."""
    return code(param.envvar) if param.envvar else ""


def _default(param: Any) -> str:
    if param.required:
        return "required"
    value = param.default
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "" if value in (None, False) else code(str(value))
