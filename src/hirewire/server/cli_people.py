"""The command line of people: `hirewire people` and `hirewire members`."""

import os
import sys
from functools import partial
from typing import Annotated, TypeAlias

import typer

from hirewire.server import chores, people_chores
from hirewire.server.settings import Settings

people = typer.Typer(help="People: who can sign in.", no_args_is_help=True)
members = typer.Typer(
    help="Members: which person acts for which employer.", no_args_is_help=True
)

Email: TypeAlias = Annotated[str, typer.Argument(help="The person's e-mail address.")]
Employer: TypeAlias = Annotated[str, typer.Argument(help="The employer's id.")]
RoleName: TypeAlias = Annotated[
    str, typer.Option("--role", help="admin, recruiter, viewer or member.")
]
FromStdin: TypeAlias = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from a line of standard input."),
]
RevokesGrants: TypeAlias = Annotated[
    bool,
    typer.Option("--revoke-grants", help="Take back what apps were given in their name, too."),
]


@people.command("create")
def create_person(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    email: Email,
    *,
    password_stdin: FromStdin = False,
) -> None:
    """Let somebody sign in; the password is asked for, and never an argument."""
    password = _password(from_stdin=password_stdin)
    _run(people_chores.PersonWish(name=name, email=email, password=password).register)


@people.command("set-password")
def set_password(
    email: Email, *, password_stdin: FromStdin = False, revoke_grants: RevokesGrants = False
) -> None:
    """Give somebody another password, and sign them out everywhere."""
    wish = people_chores.PasswordWish(
        email=email,
        password=_password(from_stdin=password_stdin),
        revokes_grants=revoke_grants,
    )
    _run(wish.change)


@people.command("verify")
def verify_email(email: Email) -> None:
    """Take the address of somebody who signed up for theirs, once you know that it is."""
    _run(partial(people_chores.verify_email, email=email))


@people.command("list")
def list_people() -> None:
    """List who can sign in, and for whom they act."""
    _run(people_chores.list_people)


@members.command("add")
def add_member(email: Email, employer: Employer, *, role: RoleName) -> None:
    """Let a person act for an employer; an admin also manages its apps."""
    _run(people_chores.MemberWish(email=email, employer=employer, role=role).add)


@members.command("change")
def change_member(email: Email, employer: Employer, *, role: RoleName) -> None:
    """Let a member act in another role."""
    _run(people_chores.MemberWish(email=email, employer=employer, role=role).change)


@members.command("remove")
def remove_member(email: Email, employer: Employer) -> None:
    """Let a person act for an employer no more."""
    _run(people_chores.MemberWish(email=email, employer=employer).remove)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _run(chore: chores.Chore) -> None:
    chores.run(Settings.from_env(os.environ), chore)
