"""The fidelity check: which lists and marks it accepts, and what it says of the others."""

from pathlib import Path

import pytest

from tools.fidelity import main

GOOD = """
[[behaviour]]
id = "oauth.token.expires-in-one-hour"
source = "seed 001, Authentication"
quote = "lasts one hour"
kind = "documented"
"""
CHOSEN = """
[[behaviour]]
id = "oauth.token.format"
source = "contract 5"
kind = "chosen"
"""
# In pieces, for this file is read for marks as well.
MARK = "@pytest.mark." + "fidelity"


def project(tmp_path: Path, listed: dict[str, str], test: str) -> Path:
    """Lay out a project with these lists and this one test file."""
    (tmp_path / "fidelity").mkdir()
    (tmp_path / "tests").mkdir()
    for name, text in listed.items():
        (tmp_path / "fidelity" / name).write_text(text)
    (tmp_path / "tests" / "test_it.py").write_text(test)
    return tmp_path


def proof(*ids: str) -> str:
    """Write a test that claims to prove *ids*."""
    names = ", ".join(f'"{name}"' for name in ids)
    return f"{MARK}({names})\ndef test_it() -> None: ...\n"


class TestMain:
    def test_counts_what_is_proven(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        With every behaviour proven it prints a count per file and succeeds.
        """
        test = proof("oauth.token.expires-in-one-hour", "oauth.token.format")
        root = project(tmp_path, {"oauth.toml": GOOD, "other.toml": CHOSEN}, test)

        code = main(root)

        assert code == 0
        assert capsys.readouterr().out.splitlines() == [
            "oauth.toml: 1 of 1",
            "other.toml: 1 of 1",
            "fidelity: 2 of 2 behaviours proven",
        ]

    def test_finds_marks_on_classes_modules_and_parameters(self, tmp_path: Path) -> None:
        """
        A mark counts wherever pytest would see it.
        """
        mark = MARK.removeprefix("@")
        test = (
            f'pytestmark = [{mark}("oauth.token.format")]\n'
            f'CASE = pytest.param(1, marks={mark}("oauth.token.expires-in-one-hour"))\n'
        )
        root = project(tmp_path, {"oauth.toml": GOOD + CHOSEN}, test)

        code = main(root)

        assert code == 0

    def test_fails_for_a_behaviour_without_a_test(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A promise that no test proves is named, with its file.
        """
        root = project(tmp_path, {"oauth.toml": GOOD + CHOSEN}, proof("oauth.token.format"))

        code = main(root)

        assert code == 1
        assert capsys.readouterr().out.splitlines() == [
            "oauth.toml: oauth.token.expires-in-one-hour: no test proves it",
            "oauth.toml: 1 of 2",
            "fidelity: 1 of 2 behaviours proven",
        ]

    def test_fails_for_a_mark_that_names_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A test that proves what nobody promised is named, with its line.
        """
        test = proof("oauth.token.format", "oauth.tokn")
        root = project(tmp_path, {"oauth.toml": CHOSEN}, test)

        code = main(root)

        assert code == 1
        assert capsys.readouterr().out.splitlines()[0] == (
            "tests/test_it.py:1: oauth.tokn: no such behaviour"
        )

    @pytest.mark.parametrize(
        ("entry", "fault"),
        [
            (GOOD + GOOD, "oauth.token.expires-in-one-hour: listed 2 times"),
            (
                GOOD.replace("documented", "guessed"),
                (
                    "oauth.toml: oauth.token.expires-in-one-hour: "
                    "a kind is one of documented, derived, chosen"
                ),
            ),
            (
                GOOD.replace("lasts one hour", "word " * 13),
                "oauth.toml: oauth.token.expires-in-one-hour: a quote has at most 12 words",
            ),
            (
                GOOD.replace("seed 001, Authentication", " "),
                (
                    "oauth.toml: oauth.token.expires-in-one-hour: "
                    "a source says where to look it up"
                ),
            ),
            (
                GOOD + 'note = "x"',
                "oauth.toml: oauth.token.expires-in-one-hour: has unknown note",
            ),
            (
                GOOD + '[other]\nid = "x"',
                "oauth.toml: only [[behaviour]] tables are known",
            ),
        ],
    )
    def test_fails_for_a_malformed_entry(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], entry: str, fault: str
    ) -> None:
        """
        Each fault of an entry is said once, in one line.
        """
        root = project(
            tmp_path, {"oauth.toml": entry}, proof("oauth.token.expires-in-one-hour")
        )

        code = main(root)

        assert code == 1
        assert capsys.readouterr().out.splitlines()[:-2] == [fault]

    @pytest.mark.parametrize(
        ("arguments", "fault"),
        [
            ("", "a fidelity mark names its ids, and nothing else"),
            (
                '"oauth.token.format", why="x"',
                "a fidelity mark names its ids, and nothing else",
            ),
            ('"oauth.token.format", NAME', "a fidelity id is written as a plain string"),
        ],
    )
    def test_fails_for_a_mark_that_cannot_be_read(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: str, fault: str
    ) -> None:
        """
        A mark without plain ids proves nothing that can be checked.
        """
        test = (
            proof("oauth.token.format") + f"{MARK}({arguments})\ndef test_two() -> None: ...\n"
        )
        root = project(tmp_path, {"oauth.toml": CHOSEN}, test)

        code = main(root)

        assert code == 1
        assert capsys.readouterr().out.splitlines()[:-2] == [f"tests/test_it.py:3: {fault}"]
