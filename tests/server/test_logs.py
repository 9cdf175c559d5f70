"""The logs, as a process writes them: its own lines, and those of libraries among them."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import logging
import sys

from hirewire.server.logs import logger, set_up_logs

set_up_logs(sys.argv[1], "info")
logger("kitchen").info("pot.filled", cups=3)
library = logging.getLogger("teapot.pool")
library.info("too much to tell")
try:
    secret = "hidden"
    raise ZeroDivisionError(len(secret))
except ZeroDivisionError:
    library.warning("no tea for %s", "two", exc_info=True)
"""


def written(log_format: str) -> str:
    """Run the program in a process of its own, as how logs are written is for all of it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, log_format], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr


class TestLogs:
    def test_have_lines_of_libraries_in_the_form_of_ours(self) -> None:
        """
        For programs each is one line of JSON, tracebacks included; libraries tell of warnings.
        """
        ours, theirs = [json.loads(line) for line in written("json").splitlines()]

        assert (ours["event"], ours["area"], ours["cups"]) == ("pot.filled", "kitchen", 3)
        assert (ours["level"], theirs["level"]) == ("info", "warning")
        assert (theirs["event"], theirs["logger"]) == ("no tea for two", "teapot.pool")
        assert theirs["exception"].endswith("ZeroDivisionError: 6")
        assert theirs.keys() == {"event", "level", "timestamp", "logger", "exception"}

    def test_show_people_no_values_of_variables(self) -> None:
        """
        Tracebacks that people read say where, and not what was there.
        """
        said = written("pretty")

        assert "no tea for two" in said
        assert "ZeroDivisionError: 6" in said
        assert "hidden" not in said


class TestCommands:
    def test_print_nothing_but_what_they_are_for(
        self, sqlite_template: Path, tmp_path: Path
    ) -> None:
        """
        What happens on the way, such as attempts to reach a bus, is none of it.
        """
        path = tmp_path / "hirewire.db"
        path.write_bytes(sqlite_template.read_bytes())
        ours = {
            "HIREWIRE_DATABASE": f"sqlite:{path}",
            "HIREWIRE_SECRET_KEY": "s" * 32,
            "HIREWIRE_BUS": "nats://127.0.0.1:1",
        }
        others = {name: text for name, text in os.environ.items() if "HIREWIRE" not in name}

        done = subprocess.run(
            [sys.executable, "-m", "hirewire", "doctor"],
            capture_output=True,
            text=True,
            check=False,
            env=others | ours,
        )

        said = [line.partition(":")[0] for line in done.stdout.splitlines()]
        assert said == [
            "ok  schema",
            "no  bus",
            "ok  signing keys",
            "ok  tasks",
            "ok  facts",
            "ok  mail",
        ]
        assert (done.returncode, done.stderr) == (1, "")
