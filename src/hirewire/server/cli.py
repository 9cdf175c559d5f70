"""The command line: `hirewire dev`, `serve`, `work`, and the chores around them."""

import os
import sys
from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Final

import typer

from hirewire.kit.refusals import HirewireError
from hirewire.server import chores, doctor, run
from hirewire.server.cli_apps import apps
from hirewire.server.cli_cursors import cursors
from hirewire.server.cli_facts import facts
from hirewire.server.cli_listen import listen
from hirewire.server.cli_people import members, people
from hirewire.server.development import development_settings
from hirewire.server.logs import set_up_logs
from hirewire.server.settings import Settings

DATA: Final = Path("var/hirewire")

Host = Annotated[str | None, typer.Option(help="The address to listen on.")]
Port = Annotated[int | None, typer.Option(help="The port to listen on; 0 takes a free one.")]
Data = Annotated[Path, typer.Option(help="Where the demo world is kept.")]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
employers = typer.Typer(
    help="Employers: the accounts that apps represent.", no_args_is_help=True
)
keys = typer.Typer(help="The keys that sign tokens.", no_args_is_help=True)
app.add_typer(apps, name="apps")
app.add_typer(people, name="people")
app.add_typer(members, name="members")
app.add_typer(employers, name="employers")
app.add_typer(keys, name="keys")
app.add_typer(facts, name="facts")
app.add_typer(cursors, name="cursors")
app.command("listen")(listen)


def begin() -> None:
    """Run it as a process, whose logs are for people until the settings say otherwise."""
    set_up_logs("pretty", "warning")
    main()


def main() -> None:
    """Run the command line; what cannot be done is one line and exit code 2."""
    try:
        app()
    except HirewireError as refusal:
        sys.stderr.write(f"hirewire: {refusal}\n")
        sys.exit(2)


@app.callback(invoke_without_command=True)
def about(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """A hiring platform that speaks the partner APIs of the job market."""
    if version:
        typer.echo(f"hirewire {installed_version('hirewire')}")
        raise typer.Exit


@app.command()
def dev(host: Host = None, port: Port = None, data: Data = DATA) -> None:
    """Start a server with the demo world, the sandbox and a clock you can move."""
    settings = development_settings(_placed(_settings(), host, port), os.environ, data)
    run.develop(settings)


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Start a server, and the work behind it."""
    run.serve(_placed(_settings(), host, port))


@app.command()
def work() -> None:
    """Do the work behind the servers, and serve nothing."""
    run.work(_settings())


@app.command()
def migrate() -> None:
    """Bring the database to this program's schema."""
    chores.run(_settings(), chores.migrate)


@app.command("doctor")
def examine() -> None:
    """Check settings, database, bus and keys; exit code 1 if something is wrong."""
    sys.exit(0 if doctor.examine(_settings()) else 1)


@app.command()
def demo(
    *,
    host: Host = None,
    port: Port = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Show what the demo world holds, and its credentials."""
    chores.show_demo(_placed(_settings(), host, port), as_json=json)


@employers.command("create")
def create_employer(
    name: Annotated[str, typer.Argument(help="The company's name.")],
    *,
    legacy_id: Annotated[str, typer.Option(help="Its legacy advertiser id, a number.")],
    country: Annotated[str, typer.Option(help="Its country, ISO 3166.")],
    currency: Annotated[str, typer.Option(help="Its currency, ISO 4217.")],
    time_zone: Annotated[str, typer.Option(help="Its time zone, IANA.")],
    master: Annotated[str | None, typer.Option(help="The id of its master account.")] = None,
) -> None:
    """Open an employer account."""
    wish = chores.EmployerWish(
        name=name,
        legacy_id=legacy_id,
        country=country,
        currency=currency,
        time_zone=time_zone,
        master=master,
    )
    chores.run(_settings(), wish.open)


@employers.command("list")
def list_employers() -> None:
    """List the employer accounts."""
    chores.run(_settings(), chores.list_employers)


@keys.command("rotate")
def rotate_keys(
    *,
    algorithm: Annotated[
        list[str] | None,
        typer.Option(help="ES256 (access tokens) or RS256 (ID tokens); both without it."),
    ] = None,
    at_once: Annotated[
        bool, typer.Option(help="Sign with the new keys from now on, not in five minutes.")
    ] = False,
) -> None:
    """Put new signing keys in the place of the current ones."""
    wish = chores.KeyRotation(algorithms=tuple(algorithm or ()), at_once=at_once)
    chores.run(_settings(), wish.do)


def _settings() -> Settings:
    return Settings.from_env(os.environ)


def _placed(settings: Settings, host: str | None, port: int | None) -> Settings:
    return replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
