"""The command line of parked facts: `hirewire facts`."""

import os
from functools import partial
from typing import Annotated, TypeAlias

import typer

from hirewire.server import chores, fact_chores
from hirewire.server.settings import Settings

facts = typer.Typer(
    help="Facts that listeners could not handle, and put aside.", no_args_is_help=True
)

FactId: TypeAlias = Annotated[str, typer.Argument(help="The fact's id.")]


@facts.command("parked")
def list_parked() -> None:
    """List the facts that are parked, and why."""
    _run(fact_chores.list_parked)


@facts.command("retry")
def retry(
    fact: Annotated[str, typer.Argument(help="The fact's id.")] = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="Every fact that is parked.")] = False,
) -> None:
    """Have the servers try a parked fact again, which they do within seconds."""
    _run(fact_chores.RetryWish(fact=fact, every=every).do)


@facts.command("drop")
def drop(fact: FactId) -> None:
    """Do without what a parked fact would have brought about, for good."""
    _run(partial(fact_chores.drop_fact, fact=fact))


def _run(chore: chores.Chore) -> None:
    chores.run(Settings.from_env(os.environ), chore)
