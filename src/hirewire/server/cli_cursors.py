"""The command line of the cursors that clients of streams hold: `hirewire cursors`."""

import os

import typer

from hirewire.server import chores, cursor_chores
from hirewire.server.settings import Settings

cursors = typer.Typer(
    help="Cursors: where clients of event streams have been.", no_args_is_help=True
)


@cursors.callback()
def about() -> None:
    """Tell that there are commands, though there is one."""


@cursors.command("renew")
def renew() -> None:
    """
    After a restore: know no cursor from before, so that clients are told they missed something.

    Stop every process first; those that run would go on with the cursors of before.
    """
    chores.run(Settings.from_env(os.environ), cursor_chores.renew)
