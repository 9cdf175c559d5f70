"""The commands of the project: listed, and refused when they do not exist."""

import re
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
MAKEFILE: Final = (ROOT / "Makefile").read_text("utf-8")


def run(*command: str) -> tuple[int, str]:
    """Run a script of the project; return its exit code and all it said."""
    done = subprocess.run(
        [str(ROOT / command[0]), *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


class TestMakefile:
    def test_explains_every_target(self) -> None:
        """
        Each target says in its line what it does, so that `make help` lists it.
        """
        explained = set(re.findall(r"^([a-z-]+):.*  ## \S", MAKEFILE, re.MULTILINE))

        targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))

        assert explained == targets

    def test_has_no_target_that_is_a_file(self) -> None:
        """
        Every target is declared phony, for `docs` and `bench` are folders too.
        """
        declared = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
        targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))

        assert declared is not None
        assert set(declared[1].replace("\\", " ").split()) == targets


class TestCheck:
    def test_refuses_a_step_that_does_not_exist(self) -> None:
        """
        An unknown step fails, and the steps that there are get listed.
        """
        code, said = run("scripts/check", "haste")

        assert code == 1
        assert said.splitlines() == [
            "check: haste",
            "steps: format lint types layers house fidelity docs",
            "check: FAILED: haste",
        ]


class TestSetup:
    def test_refuses_a_profile_that_does_not_exist(self) -> None:
        """
        Only what has a lock can be set up.
        """
        code, said = run("scripts/setup", "haste")

        assert (code, said) == (1, "setup: usage: scripts/setup [run|dev]\n")
