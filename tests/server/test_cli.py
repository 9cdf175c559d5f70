"""The chores of the command line, as an operator types them."""

import inspect
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from hirewire.kit.refusals import HirewireError
from hirewire.server.cli import app
from tests.fixtures.servers import NatsServer

KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "use": "sig",
}
NOBODY = "00000000000000000000000000000000"


@pytest.fixture(autouse=True)
def _store(sqlite_template: Path, tmp_path: Path) -> Iterator[None]:
    """Point the commands at a database of their own."""
    path = tmp_path / "cli.db"
    path.write_bytes(sqlite_template.read_bytes())
    ours = {name: text for name, text in os.environ.items() if "HIREWIRE" not in name}
    ours["HIREWIRE_DATABASE"] = f"sqlite:{path}"
    with patch.dict(os.environ, ours, clear=True):
        yield


def run(*arguments: str, typed: str = "") -> str:
    done = CliRunner().invoke(app, arguments, input=typed, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def refusal(*arguments: str, typed: str = "") -> str:
    done = CliRunner().invoke(app, arguments, input=typed)
    assert isinstance(done.exception, HirewireError), done.output
    return str(done.exception)


def found(label: str, output: str) -> str:
    match = re.search(rf"^{label}: +(\S.*)$", output, re.MULTILINE)
    assert match is not None, output
    return match[1]


def an_employer(legacy_id: str = "4712") -> str:
    places = ("--country", "DE", "--currency", "EUR", "--time-zone", "Europe/Berlin")
    opened = run("employers", "create", "Example", "--legacy-id", legacy_id, *places)
    return found("employer id", opened)


def help_texts(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is written about a command, and about each of a group's."""
    yield path, inspect.cleandoc(command.help)
    for name, child in getattr(command, "commands", {}).items():
        yield from help_texts(child, *path, name)


class TestHelp:
    def test_breaks_lines_where_the_terminal_ends(self) -> None:
        """
        Not where the source does: each paragraph is a line of a terminal that is wide enough.
        """
        broken = []

        for path, text in help_texts(get_command(app)):
            with patch.dict(os.environ, COLUMNS="1000"):
                shown = {line.strip() for line in run(*path, "--help").splitlines()}
            paragraphs = [" ".join(each.split()) for each in text.split("\n\n")]
            broken += [each for each in paragraphs if each not in shown]

        assert broken == []


class TestLists:
    def test_show_names_as_they_are(self) -> None:
        """
        What people call themselves and their apps may look like markup, and is none.
        """
        name = "[/] [bold]:smile:"
        places = ("--country", "DE", "--currency", "EUR", "--time-zone", "Europe/Berlin")
        opened = run("employers", "create", name, "--legacy-id", "4712", *places)
        person = ("people", "create", name, "ann@example.com", "--password-stdin")
        run(*person, typed="open sesame\n")
        run("apps", "create", name, "--owner", found("employer id", opened))

        shown = [run(kind, "list") for kind in ("employers", "people", "apps")]

        assert [name in each for each in shown] == [True, True, True]


class TestApps:
    def test_are_registered_with_all_terms(self, tmp_path: Path) -> None:
        """
        What was typed is what `show` shows.
        """
        owner = an_employer()
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps({"keys": [KEY]}))

        typed = f"""--owner {owner} --grant authorization_code --grant refresh_token
            --redirect-uri https://app.example/cb --trusted-domain https://app.example
            --scope email --error-profile rfc --no-rotate --require-par --require-dpop
            --jwks {keys}"""
        client_id = found("client id", run("apps", "create", "Strict", *typed.split()))
        shown = run("apps", "show", client_id)

        assert found("name", shown) == "Strict"
        assert found("owner", shown) == owner
        assert found("kind", shown) == "confidential"
        assert found("grant types", shown) == "authorization_code"
        assert found("redirect URIs", shown) == "https://app.example/cb"
        assert found("trusted domains", shown) == "https://app.example"
        assert found("scopes", shown) == "email"
        assert found("error profile", shown) == "rfc"
        assert found("rotates refresh tokens", shown) == "no"
        assert found("requires pushed requests", shown) == "yes"
        assert found("requires DPoP", shown) == "yes"
        assert json.loads(found("public keys", shown)) == {"keys": [KEY]}

    @pytest.mark.fidelity("console.apps.public")
    def test_that_are_public_have_no_secret(self) -> None:
        """
        A public app may use codes without being told so, and prints its id only.
        """
        address = ("--redirect-uri", "com.example.app:/cb")

        created = run(
            "apps", "create", "Pocket", "--owner", an_employer(), "--public", *address
        )

        client_id = found("client id", created)
        shown = run("apps", "show", client_id)
        assert "secret" not in created
        assert (found("kind", shown), found("secrets", shown)) == ("public", "none")
        assert "no secret" in refusal("apps", "add-secret", client_id)

    def test_change_in_what_is_typed_only(self) -> None:
        """
        Other terms stay; what is cleared is gone.
        """
        terms = ("--scope", "conversations", "--trusted-domain", "https://a.example")
        client_id = found(
            "client id", run("apps", "create", "ATS", "--owner", an_employer(), *terms)
        )

        changed = run(
            *("apps", "change", client_id, "--name", "Other", "--clear", "trusted-domains"),
            *("--require-dpop", "--clear", "grants"),
        )

        assert found("name", changed) == "Other"
        assert found("scopes", changed) == "conversations"
        assert found("trusted domains", changed) == "none"
        assert found("grant types", changed) == "none: switched off"
        assert found("requires DPoP", changed) == "yes"
        assert changed == run("apps", "show", client_id)

    def test_have_several_secrets(self) -> None:
        """
        One is added, another removed by its id.
        """
        created = run("apps", "create", "ATS", "--owner", an_employer())
        client_id = found("client id", created)
        first = found("secrets", run("apps", "show", client_id)).split()[0]

        added = run("apps", "add-secret", client_id)
        run("apps", "remove-secret", client_id, first)

        second = found("secret id", added)
        assert len(bytes.fromhex(found("client secret", added))) == 32
        assert found("secrets", run("apps", "show", client_id)).split()[0] == second
        assert first not in run("apps", "show", client_id)

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("--scope nope", "--scope takes one of"),
            ("--grant password", "--grant takes one of authorization_code"),
            ("--error-profile other", "--error-profile takes one of documented, rfc"),
            ("--clear name", "--clear takes one of grants, scopes"),
            ("--jwks /nowhere/keys.json", "--jwks takes a file with a JWK set"),
            ("--public", "A public app cannot keep a secret"),
            ("--grant authorization_code", "needs at least one redirect URI"),
        ],
    )
    def test_are_not_changed_by_what_is_wrong(self, typed: str, said: str) -> None:
        """
        The sentence names the option; the app stays as it is.
        """
        created = run("apps", "create", "ATS", "--owner", an_employer())
        client_id = found("client id", created)
        before = run("apps", "show", client_id)

        assert said in refusal("apps", "change", client_id, *typed.split())

        assert run("apps", "show", client_id) == before

    def test_that_there_are_not_are_named(self) -> None:
        """
        An unknown app, owner or secret is said so.
        """
        nobody = "f" * 64

        assert refusal("apps", "show", nobody) == f"There is no app {nobody}."
        assert refusal("apps", "change", nobody) == f"There is no app {nobody}."
        assert refusal("apps", "create", "X", "--owner", NOBODY) == (
            f"There is no employer {NOBODY}."
        )
        assert refusal("apps", "remove-secret", nobody, "x") == (
            "SECRET_ID takes a secret's id."
        )


class TestPeople:
    @pytest.mark.fidelity("console.cli.people")
    def test_are_let_in_by_the_operator(self) -> None:
        """
        Somebody is registered, acts for an employer, and stands in the list.
        """
        employer = an_employer()

        run("people", "create", "Ada", "ada@example.com", typed="a password\na password\n")
        run("members", "add", "ADA@example.com", employer, "--role", "admin")

        listed = run("people", "list")
        assert "ada@example.com" in listed
        assert f"{employer} (admin)" in listed
        assert "a password" not in listed

    @pytest.mark.fidelity("console.cli.people")
    def test_change_roles_and_leave(self) -> None:
        """
        A member's role is changed and taken away again.
        """
        employer = an_employer()
        run(
            *("people", "create", "Ada", "ada@example.com", "--password-stdin"),
            typed="a password\n",
        )

        run("members", "add", "ada@example.com", employer, "--role", "viewer")
        run("members", "change", "ada@example.com", employer, "--role", "recruiter")
        changed = run("people", "list")
        run("members", "remove", "ada@example.com", employer)

        assert f"{employer} (recruiter)" in changed
        assert employer not in run("people", "list")

    def test_get_another_password(self) -> None:
        """
        The new one is asked for in the same way.
        """
        run(
            *("people", "create", "Ada", "ada@example.com", "--password-stdin"),
            typed="a password\n",
        )

        said = run(
            *("people", "set-password", "ada@example.com", "--password-stdin"),
            typed="another password\n",
        )

        assert said == "changed the password of ada@example.com\n"

    @pytest.mark.fidelity("console.cli.revoke-grants")
    def test_get_back_what_apps_were_given(self, tmp_path: Path) -> None:
        """
        With the password all grants can go, as somebody else may have given them.
        """
        employer = an_employer()
        run(
            *("people", "create", "Ada", "ada@example.com", "--password-stdin"),
            typed="a password\n",
        )
        app = ("Tracker", "--owner", employer, "--redirect-uri", "https://app.example/back")
        client_id = found("client id", run("apps", "create", *app))
        with closing(sqlite3.connect(tmp_path / "cli.db")) as connection, connection:
            connection.execute(
                "INSERT INTO oauth_grants"
                " (id, person_id, app_id, scopes, granted_at, changed_at)"
                " SELECT id, id, ?, '', created_at, created_at FROM people",
                (client_id,),
            )
        change = ("people", "set-password", "ada@example.com", "--password-stdin")

        kept = run(*change, typed="another password\n")
        said = run(*change, "--revoke-grants", typed="a third password\n")
        again = run(*change, "--revoke-grants", typed="a fourth password\n")

        changed = "changed the password of ada@example.com\n"
        assert kept == changed
        assert said == f"{changed}grants taken back: 1\n"
        assert again == f"{changed}grants taken back: 0\n"

    @pytest.mark.fidelity("console.cli.people")
    def test_who_signed_up_are_verified_first(self, tmp_path: Path) -> None:
        """
        Nobody is let in by an address that anybody may have typed; a verified one will do.
        """
        employer = an_employer()
        create = ("people", "create", "Ada", "ada@example.com", "--password-stdin")
        run(*create, typed="a password\n")
        with closing(sqlite3.connect(tmp_path / "cli.db")) as connection, connection:
            connection.execute("UPDATE people SET email_verified = 0")
        add = ("members", "add", "ada@example.com", employer, "--role", "admin")

        refused, before = refusal(*add), run("people", "list")
        said = run("people", "verify", "ADA@example.com")
        run(*add)

        assert refused == "EMAIL takes a verified address (see `hirewire people verify`)."
        assert f"{employer} (admin)" not in before
        assert said.startswith("ada@example.com is taken for the address of Ada, ")
        assert f"{employer} (admin)" in run("people", "list")
        assert "EMAIL takes" in refusal("people", "verify", "eve@example.com")

    def test_are_refused_what_is_wrong(self) -> None:
        """
        A short password, a taken address, a stranger and an unknown role change nothing.
        """
        employer = an_employer()
        create = ("people", "create", "Ada", "ada@example.com", "--password-stdin")
        assert "8 to 1000" in refusal(*create, typed="short\n")
        run(*create, typed="a password\n")
        before = run("people", "list")

        assert "registered as ada@example.com already" in refusal(*create, typed="a password\n")
        add = ("members", "add")
        assert "EMAIL takes" in refusal(*add, "eve@example.com", employer, "--role", "admin")
        assert "--role takes one of admin" in refusal(
            *add, "ada@example.com", employer, "--role", "boss"
        )
        assert "There is no employer" in refusal(
            *add, "ada@example.com", NOBODY, "--role", "admin"
        )
        assert "EMPLOYER takes" in refusal(*add, "ada@example.com", "x", "--role", "admin")

        assert run("people", "list") == before

    def test_act_for_an_employer_once(self) -> None:
        """
        Whoever is added twice is named by the address that was typed.
        """
        employer = an_employer()
        run(
            "people",
            "create",
            "Ada",
            "ada@example.com",
            "--password-stdin",
            typed="a password\n",
        )
        add = ("members", "add", "ada@example.com", employer, "--role")
        run(*add, "viewer")

        said = refusal(*add, "admin")

        assert said == f"ada@example.com acts for employer {employer} already."
        assert f"{employer} (viewer)" in run("people", "list")


class TestEmployers:
    def test_are_listed(self) -> None:
        """
        The operator finds the ids again that `members add` takes.
        """
        first, second = an_employer("1"), an_employer("2")

        listed = run("employers", "list")

        assert listed.index(first) < listed.index(second)


class TestDemo:
    def test_lists_who_is_in_it(self) -> None:
        """
        Apps, people and employers, each in a line of its own.
        """
        lines = run("demo").splitlines()

        assert (
            "rui@alpenblick.example: Rui Costa, Alpenblick Hotels (recruiter), "
            "Anytown Health and Rehabilitation Center (recruiter)"
        ) in lines
        assert "noor@people.example: Noor Haddad, acts for nobody" in lines
        assert "people (the password of each is demo-password)" in lines
        assert "019b76daafd076a6bef499bbf4dca4f2: Alpenblick Hotels" in lines


class TestDoctor:
    def test_stops_at_a_schema_that_is_not_there(self, tmp_path: Path) -> None:
        """
        Before `migrate` there is one thing to say.
        """
        with patch.dict(os.environ, {"HIREWIRE_DATABASE": f"sqlite:{tmp_path / 'new.db'}"}):
            done = CliRunner().invoke(app, ["doctor"])

        assert done.exit_code == 1
        assert done.output.startswith("no  schema: ")
        assert len(done.output.splitlines()) == 1

    def test_says_where_the_bus_is_without_the_password(self, nats_server: NatsServer) -> None:
        """
        What the doctor prints may be shown to anybody.
        """
        url = nats_server.url.replace("nats://", "nats://eve:secret@") + "/doctor"

        with patch.dict(os.environ, {"HIREWIRE_BUS": url}):
            done = CliRunner().invoke(app, ["doctor"])

        assert f"ok  bus: {nats_server.url}/doctor" in done.output.splitlines()
        assert "secret@" not in done.output
