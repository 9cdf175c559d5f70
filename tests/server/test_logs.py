"""The logs, as a process writes them: its own lines, and those of libraries among them."""

import json
import subprocess
import sys

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
