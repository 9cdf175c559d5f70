"""The dependencies: declared with a reason, locked by hash, the same in both locks."""

import json
import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUN: Final = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
DEV: Final = PROJECT["project"]["optional-dependencies"]["dev"]


def names(requirements: list[str]) -> set[str]:
    """Name what is required, without versions."""
    return {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in requirements}


def lock(name: str) -> str:
    """Read a lock file."""
    return (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")


def pins(name: str) -> dict[str, str]:
    """Read the version of each package in a lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock(name), re.MULTILINE))


class TestDecision:
    def test_gives_a_reason_for_every_dependency(self) -> None:
        """
        Decision 0005 has a line for each package of pyproject.toml, and for no other.
        """
        record = (ROOT / "docs/decisions/0005-libraries.md").read_text("utf-8")

        listed = set(re.findall(r"^\| ([a-z0-9-]+) \|", record, re.MULTILINE)) - {"---"}

        assert listed == names([*RUN, *DEV])


class TestLocks:
    @pytest.mark.parametrize(("name", "needed"), [("run", RUN), ("dev", [*RUN, *DEV])])
    def test_cover_what_is_declared(self, name: str, needed: list[str]) -> None:
        """
        Every declared package is pinned.
        """
        pinned = pins(name)

        assert names(needed) - pinned.keys() == set()

    def test_agree(self) -> None:
        """
        What runs in development is what runs in production.
        """
        run, dev = pins("run"), pins("dev")

        assert run.items() - dev.items() == set()

    @pytest.mark.parametrize("name", ["run", "dev"])
    def test_keep_the_exact_pins_of_the_project(self, name: str) -> None:
        """
        A package that pyproject.toml pins exactly is locked at that version.
        """
        exact = dict(d.split("==") for d in [*RUN, *DEV] if "==" in d)
        pinned = pins(name)

        found = {package: pinned[package] for package in exact if package in pinned}

        assert found == {package: exact[package] for package in found}

    @pytest.mark.parametrize("name", ["run", "dev"])
    def test_hold_hashes_and_no_address(self, name: str) -> None:
        """
        Each pin is followed by a hash, and nothing says where packages come from.
        """
        text = lock(name)

        unhashed = re.findall(r"^(\S++==\S++)(?! \\\n    --hash=sha256:)", text, re.MULTILINE)

        assert unhashed == []
        assert "://" not in text
        assert "--index" not in text


class TestNpmLock:
    def test_pins_every_package_by_hash_from_the_public_registry(self) -> None:
        """
        What the clients of the tests are made of comes from one place, and is what we saw.
        """
        packages = json.loads((ROOT / "tests/clients/package-lock.json").read_text("utf-8"))
        installed = [each for path, each in packages["packages"].items() if path]

        assert installed
        assert all(each["integrity"].startswith("sha512-") for each in installed)
        assert all(
            each["resolved"].startswith("https://registry.npmjs.org/") for each in installed
        )
