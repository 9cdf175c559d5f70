"""The changelog tool: fragments become a release, and bad ones change nothing."""

from pathlib import Path

import pytest

from tools.changelog import main


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a README among its fragments."""
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d" / "README.md").write_text("How to write one.\n")
    return tmp_path


def fragment(root: Path, name: str, text: str) -> None:
    """Add a file to `changelog.d`."""
    (root / "changelog.d" / name).write_text(text)


def left(root: Path) -> list[str]:
    """Name what is in `changelog.d`."""
    return sorted(file.name for file in (root / "changelog.d").iterdir())


class TestMain:
    def test_sorts_fragments_by_kind_and_issue(self, root: Path) -> None:
        """
        Items stand under their kind in the order of their issues, and the files are gone.
        """
        fragment(root, "12.fixed.md", "Cursors survive a restart.\n")
        fragment(root, "10.added.md", "Replay of missed messages.\n")
        fragment(root, "9.added.md", "An interview can be scheduled,\nand listed.\n")

        code = main(["0.2.0", "2026-01-31"], root)

        assert code == 0
        assert (root / "CHANGELOG.md").read_text() == (
            "# Changelog\n\n"
            "## 0.2.0 (2026-01-31)\n\n"
            "### Added\n\n"
            "- An interview can be scheduled,\n  and listed. (#9)\n"
            "- Replay of missed messages. (#10)\n\n"
            "### Fixed\n\n"
            "- Cursors survive a restart. (#12)\n"
        )
        assert left(root) == ["README.md"]

    def test_puts_the_newest_release_first(self, root: Path) -> None:
        """
        A second release stands above the first, which stays as it was.
        """
        fragment(root, "1.added.md", "One.")
        main(["0.1.0", "2026-01-01"], root)
        fragment(root, "2.removed.md", "Two.")

        main(["0.2.0", "2026-01-31"], root)

        assert (root / "CHANGELOG.md").read_text() == (
            "# Changelog\n\n"
            "## 0.2.0 (2026-01-31)\n\n### Removed\n\n- Two. (#2)\n\n"
            "## 0.1.0 (2026-01-01)\n\n### Added\n\n- One. (#1)\n"
        )

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            (
                "12.improved.md",
                "Better.",
                (
                    "changelog: 12.improved.md: name it <issue>.<kind>.md, "
                    "the kind one of added, changed, fixed, removed, security\n"
                ),
            ),
            ("12.added.md", " \n", "changelog: 12.added.md: it says nothing\n"),
        ],
    )
    def test_refuses_a_bad_fragment_and_changes_nothing(
        self, root: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, said: str
    ) -> None:
        """
        The file is named in one line, and neither it nor a good one is used up.
        """
        fragment(root, "1.added.md", "Good.")
        fragment(root, name, text)

        code = main(["0.2.0", "2026-01-31"], root)

        assert code == 2
        assert capsys.readouterr().err == said
        assert left(root) == ["1.added.md", name, "README.md"]
        assert not (root / "CHANGELOG.md").exists()

    @pytest.mark.parametrize(
        "arguments", [[], ["0.2.0"], ["two", "2026-01-31"], ["0.2.0", "today"]]
    )
    def test_refuses_a_command_it_does_not_understand(
        self, root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
    ) -> None:
        """
        Anything but a version and a date is answered with the usage.
        """
        fragment(root, "1.added.md", "Good.")

        code = main(arguments, root)

        assert code == 2
        assert capsys.readouterr().err == "usage: python -m tools.changelog 1.2.3 2026-01-31\n"
        assert left(root) == ["1.added.md", "README.md"]
