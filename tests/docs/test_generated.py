"""The generated pages: fresh in the repository, and written as they should be."""

from pathlib import Path

import pytest

from tools.docs.__main__ import PAGES, main, stale_pages
from tools.docs.markdown import page, table
from tools.docs.package import first_sentence, type_name

ROOT = Path(__file__).parents[2]


class TestFreshness:
    @pytest.mark.parametrize("name", PAGES)
    def test_page_says_what_the_code_says(self, name: str) -> None:
        """
        The committed page equals what its generator writes; `make docs` makes it so.
        """
        written = PAGES[name]()

        assert (ROOT / name).read_text("utf-8") == written


class TestMain:
    def test_writes_what_is_missing_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        The first run writes every page, and after it none is stale.
        """
        monkeypatch.chdir(tmp_path)

        code = main([])

        assert code == 0
        assert stale_pages(tmp_path) == []

    def test_check_fails_for_a_stale_page_and_leaves_it(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """
        A page that was changed by hand is named, and stays as it is.
        """
        monkeypatch.chdir(tmp_path)
        main([])
        (tmp_path / "docs" / "errors.md").write_text("changed")
        capsys.readouterr()

        code = main(["--check"])

        assert code == 1
        assert capsys.readouterr().out == "docs: stale, run `make docs`: docs/errors.md\n"
        assert (tmp_path / "docs" / "errors.md").read_text() == "changed"


class TestMarkdown:
    def test_keeps_a_cell_in_its_cell(self) -> None:
        """
        Pipes are escaped and line breaks become spaces.
        """
        written = table(["Type"], [["int | None,\n  or more"]])

        assert written == "| Type |\n| --- |\n| int \\| None, or more |"

    def test_separates_the_blocks_of_a_page(self) -> None:
        """
        Title, notice, lead and blocks stand in this order, a blank line between.
        """
        written = page("Facts", "What happened.", "| Kind |")

        assert written == (
            "# Facts\n\n<!-- Written by `make docs`; change the code instead. -->\n\n"
            "What happened.\n\n| Kind |\n"
        )


class TestPackage:
    def test_spells_a_type_without_its_modules(self) -> None:
        """
        A union of classes reads as it does in the code.
        """
        written = type_name(Path | None)

        assert written == "Path | None"

    def test_refuses_a_class_that_says_nothing(self) -> None:
        """
        A class without a docstring cannot be documented from it.
        """

        class Silent: ...

        with pytest.raises(ValueError, match="Silent says nothing about itself"):
            first_sentence(Silent)
