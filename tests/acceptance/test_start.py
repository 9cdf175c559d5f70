"""Starts that are not to be: one clear line, and exit code 2."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.program import SECRET_KEY, Refused, refused, running

pytestmark = pytest.mark.timeout(90)  # Real processes start and stop.


class TestRefusedStart:
    def test_port_in_use(self, tmp_path: Path) -> None:
        """
        Another program on the port is named, and nothing was created.
        """
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]

            end = refused("dev", "--port", str(port), "--data", str(tmp_path / "data"))

        assert end == _one_line(f"Cannot listen on 127.0.0.1:{port}: Address already in use.")
        assert not (tmp_path / "data" / "hirewire.db").exists()

    def test_data_directory_in_use(self, tmp_path: Path) -> None:
        """
        Two sandboxes on one directory would not hear each other: the second is refused.
        """
        with running("dev", "--port", "0", "--data", str(tmp_path)):
            end = refused("dev", "--port", "0", "--data", str(tmp_path))

        assert end == _one_line(
            f"Another hirewire runs in {tmp_path}: stop it, or name another with --data."
        )

    def test_unwritable_data_directory(self, tmp_path: Path) -> None:
        """
        A data directory that cannot be made is named.
        """
        (tmp_path / "file").write_text("in the way")

        end = refused("dev", "--port", "0", "--data", str(tmp_path / "file" / "data"))

        assert end == _one_line(
            f"The data directory {tmp_path}/file/data cannot be used: Not a directory."
        )

    def test_database_of_a_newer_version(self, tmp_path: Path) -> None:
        """
        An older program does not touch what a newer one migrated.
        """
        path = tmp_path / "hirewire.db"
        with running("dev", "--port", "0", "--data", str(tmp_path)) as program:
            program.stop()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("INSERT INTO schema_versions VALUES (9999, 'later', 'x')")
            connection.commit()

        end = refused("dev", "--port", "0", "--data", str(tmp_path))

        assert end.code == 2
        assert end.stderr.startswith(
            "hirewire: The database is at schema version 9999, newer than this program's "
        )
        assert end.stderr.count("\n") == 1

    def test_no_database(self, tmp_path: Path) -> None:
        """
        `serve` never creates a schema by itself.
        """
        end = refused(
            "serve", "--port", "0", database=f"sqlite:{tmp_path}/x.db", secret_key=SECRET_KEY
        )

        assert end.code == 2
        assert end.stderr.endswith("run `hirewire migrate`.\n")

    def test_no_secret_key(self, tmp_path: Path) -> None:
        """
        `serve` does not make up the key that everything is sealed with.
        """
        database = f"sqlite:{tmp_path}/x.db"
        assert refused("migrate", database=database).code == 0

        end = refused("serve", "--port", "0", database=database)

        assert end == _one_line(
            "Set HIREWIRE_SECRET_KEY to at least 32 random characters, and keep it safe."
        )

    def test_unknown_setting(self) -> None:
        """
        A misspelt variable is not ignored.
        """
        end = refused("dev", prot="8000")

        assert end == _one_line("No such setting: HIREWIRE_PROT. See docs/settings.md.")

    def test_unreachable_servers(self, tmp_path: Path) -> None:
        """
        A database or a bus that is not there is one line, not a trace.
        """
        nowhere = "127.0.0.1:9"
        path = f"sqlite:{tmp_path}/x.db"
        assert refused("migrate", database=path).code == 0

        database = refused("migrate", database=f"postgresql://u:secret@{nowhere}/x")
        bus = refused("serve", database=path, bus=f"nats://{nowhere}", secret_key=SECRET_KEY)

        assert (database.code, bus.code) == (2, 2)
        assert (database.stderr.count("\n"), bus.stderr.count("\n")) == (1, 1)
        assert "secret" not in database.stderr

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        """
        Somebody else's file is left as it is.
        """
        path = tmp_path / "hirewire.db"
        path.write_text("minutes of the meeting " * 100)

        end = refused("dev", "--port", "0", "--data", str(tmp_path))

        assert end.code == 2
        assert end.stderr.count("\n") == 1
        assert path.read_text().startswith("minutes of the meeting")


def _one_line(text: str) -> Refused:
    return Refused(code=2, stdout="", stderr=f"hirewire: {text}\n")
