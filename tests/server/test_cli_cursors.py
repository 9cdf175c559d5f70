"""What an operator does about cursors after a restore."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from hirewire.server.cli import app


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Iterator[Path]:
    """Point the command at a database of its own."""
    path = tmp_path / "cli.db"
    path.write_bytes(sqlite_template.read_bytes())
    ours = {name: text for name, text in os.environ.items() if "HIREWIRE" not in name}
    ours["HIREWIRE_DATABASE"] = f"sqlite:{path}"
    with patch.dict(os.environ, ours, clear=True):
        yield path


def renew() -> str:
    done = CliRunner().invoke(app, ["cursors", "renew"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def epochs(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [epoch for (epoch,) in connection.execute("SELECT epoch FROM log_epoch")]


@pytest.mark.fidelity("realtime.cursor.renewed-after-restore")
def test_each_renewal_begins_another_epoch(path: Path) -> None:
    """
    The log has one name, and another each time, be it named already or not.
    """
    said = renew()
    (first,) = epochs(path)
    renew()
    (second,) = epochs(path)

    assert said == "no cursor from before is known any more: start the servers\n"
    assert second != first
