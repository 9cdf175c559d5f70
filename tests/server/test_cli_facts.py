"""What an operator does about facts that listeners put aside."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest
from typer.testing import CliRunner

from hirewire.kit.refusals import HirewireError
from hirewire.server.cli import app
from hirewire.server.metrics import Metrics

ONE, OTHER = (UUID(int=7 << 64 | number) for number in (1, 2))
_PARK = """
    INSERT INTO parked_facts (listener, id, tx, seq, kind, at, body, tries, last_error,
                              parked_at)
    VALUES (?, ?, 0, 1, 'interview.scheduled', 1772442000000000, '{"secret": 1}', 10,
            'KeyError: 1', 1772442240000000)
"""


@pytest.fixture(autouse=True)
def path(sqlite_template: Path, tmp_path: Path) -> Iterator[Path]:
    """Point the commands at a database of their own, in which two facts are parked."""
    path = tmp_path / "cli.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        for listener, fact in (("audit", ONE), ("invitations", ONE), ("audit", OTHER)):
            connection.execute(_PARK, (listener, fact.bytes))
        connection.commit()
    ours = {name: text for name, text in os.environ.items() if "HIREWIRE" not in name}
    ours["HIREWIRE_DATABASE"] = f"sqlite:{path}"
    with patch.dict(os.environ, ours, clear=True):
        yield path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["facts", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def refusal(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["facts", *arguments])
    assert isinstance(done.exception, HirewireError), done.output
    return str(done.exception)


def rows(path: Path) -> list[tuple[str, UUID, bool]]:
    """Read what is parked, and whether it is to be tried again."""
    sql = "SELECT listener, id, retry_at IS NOT NULL FROM parked_facts ORDER BY listener, id"
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(sql).fetchall()
    return [(listener, UUID(bytes=fact), bool(asked)) for listener, fact, asked in found]


class TestFacts:
    @pytest.mark.fidelity("log.parking.operators")
    def test_are_listed_with_what_went_wrong(self) -> None:
        """
        Each has a line with its listener, kind, tries and error; what it says is not shown.
        """
        listed = run("parked")

        assert len(re.findall(rf"{ONE}.+interview.scheduled.+10.+KeyError: 1", listed)) == 2
        assert str(OTHER) in listed
        assert "secret" not in listed
        assert "to be tried again" not in listed

    @pytest.mark.fidelity("log.parking.operators")
    def test_are_tried_again_by_every_listener_that_parked_them(self, path: Path) -> None:
        """
        The wish stands in the database, where the servers find it.
        """
        said = run("retry", str(ONE))

        assert said == "to be tried again: 1\n"
        assert rows(path) == [
            ("audit", ONE, True),
            ("audit", OTHER, False),
            ("invitations", ONE, True),
        ]
        assert run("parked").count("to be tried again") == 2

    def test_are_tried_again_all_at_once(self, path: Path) -> None:
        """
        Once the cause is mended there is no need to name each.
        """
        said = run("retry", "--all")

        assert said == "to be tried again: 3\n"
        assert [asked for _, _, asked in rows(path)] == [True, True, True]

    @pytest.mark.fidelity("log.parking.operators")
    def test_are_dropped(self, path: Path) -> None:
        """
        One that nobody needs is gone for all listeners.
        """
        said = run("drop", str(ONE))

        assert said == f"dropped: {ONE}\n"
        assert rows(path) == [("audit", OTHER, False)]

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            (("retry",), "FACT takes a fact's id, or --all in its place."),
            (("retry", str(ONE), "--all"), "FACT takes a fact's id, or --all in its place."),
            (("retry", "one"), "FACT takes a fact's id."),
            (("drop", "one"), "FACT takes a fact's id."),
            (("retry", str(UUID(int=9))), f"No parked fact has the id {UUID(int=9)}."),
            (("drop", str(UUID(int=9))), f"No parked fact has the id {UUID(int=9)}."),
        ],
    )
    def test_that_are_not_there_are_refused(
        self, path: Path, typed: tuple[str, ...], says: str
    ) -> None:
        """
        What names no parked fact changes none.
        """
        before = rows(path)

        assert refusal(*typed) == says
        assert rows(path) == before

    @pytest.mark.fidelity("log.parking.operators")
    def test_are_counted_by_the_doctor(self) -> None:
        """
        A look at the installation shows that there is something to decide.
        """
        said = CliRunner().invoke(app, ["doctor"])

        assert "ok  facts: 3 parked, see `hirewire facts parked`" in said.output.splitlines()


class TestMeter:
    def test_counts_by_listener(self) -> None:
        """
        Whoever watches sees which listener has trouble.
        """
        metrics = Metrics()

        metrics.put_aside("audit")

        page = metrics.page().decode()
        assert 'hirewire_facts_parked_total{listener="audit"} 1.0' in page
