"""The hand-written pages: what they point at exists, and every page can be found."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest
from starlette.routing import BaseRoute, Route

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.oauth.scopes import KNOWN
from hirewire.sandbox.mailbox import Mailbox
from hirewire.server.app import product_routes
from hirewire.server.parts import open_parts, open_store
from hirewire.server.playground import playground
from hirewire.server.settings import PREFIX, Settings
from tests.fixtures.database import MORNING

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
INDEX: Final = DOCS / "README.md"
PAGES: Final = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted(DOCS.rglob("*.md"))]
API_PAGES: Final = [DOCS / "sandbox.md", *sorted((DOCS / "apis").glob("*.md"))]

_FENCED: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*:|#")
_SETTING: Final = re.compile(rf"{PREFIX}[A-Z][A-Z0-9_]*")
_ENDPOINT: Final = re.compile(r"^#+ .*?`(?P<method>[A-Z]+) (?P<path>/[^`\s]*)`", re.MULTILINE)
_CODE: Final = re.compile(r"`(?P<code>[a-z]+\.[a-z_]+)`")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> Iterator[Path]:
    """Yield where the relative links of *page* lead."""
    for match in _LINK.finditer(_FENCED.sub("", page.read_text("utf-8"))):
        target = match["target"]
        if not _ELSEWHERE.match(target):
            yield (page.parent / target.partition("#")[0]).resolve()


def endpoints() -> list[tuple[str, str]]:
    """List the method and path of every heading that names one."""
    return [
        (match["method"], match["path"])
        for page in API_PAGES
        for match in _ENDPOINT.finditer(page.read_text("utf-8"))
    ]


@pytest.fixture
async def routes(tmp_path: Path) -> AsyncIterator[list[BaseRoute]]:
    """The routes of `hirewire dev`: the product's and the sandbox's."""
    clock = MovableClock(MORNING, frozen=True)
    settings = Settings(database=f"sqlite:{tmp_path / 'pages.db'}", secret_key="k" * 32)
    placed = settings.at("127.0.0.1", 8000)
    async with open_store(placed, clock=clock, entropy=SeededEntropy(1)) as store:
        await store.db.migrate()
        async with open_parts(store) as parts:
            sandbox = playground(parts, clock, Mailbox()).routes
            yield [*product_routes(parts, in_sandbox=True), *sandbox]


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_lead_somewhere(self, page: Path) -> None:
        """
        Every relative link leads to a file or a directory of the repository.
        """
        lost = [name_of(target) for target in links(page) if not target.exists()]

        assert lost == []

    def test_reach_every_page_from_the_index(self) -> None:
        """
        Whoever starts at docs/README.md finds every page; the template is found as well.
        """
        found: set[Path] = set()
        waiting = [INDEX]
        while waiting:
            page = waiting.pop()
            if page not in found and page.suffix == ".md" and page.exists():
                found.add(page)
                waiting += links(page)

        missing = [name_of(page) for page in DOCS.rglob("*.md") if page not in found]

        assert missing == []

    def test_index_names_every_page_itself(self) -> None:
        """
        No page but the decisions, which have an index of their own, hides behind another.
        """
        named = set(links(INDEX))
        pages = [page for page in DOCS.rglob("*.md") if page.parent.name != "decisions"]

        missing = [name_of(page) for page in pages if page not in {*named, INDEX}]

        assert missing == []


class TestNames:
    @pytest.mark.parametrize("page", PAGES, ids=name_of)
    def test_settings_exist(self, page: Path) -> None:
        """
        Every `HIREWIRE_` name that is written somewhere is a setting.
        """
        settings = {f"{PREFIX}{field.name.upper()}" for field in fields(Settings)}

        mentioned = set(_SETTING.findall(page.read_text("utf-8")))

        assert sorted(mentioned - settings) == []

    @pytest.mark.parametrize("page", API_PAGES, ids=name_of)
    def test_refusals_exist(self, page: Path) -> None:
        """
        Every stable code that a page names is in the catalogue of refusals.
        """
        codes = set(_CODE.findall((DOCS / "errors.md").read_text("utf-8")))
        areas = {code.partition(".")[0] for code in codes}

        mentioned = set(_CODE.findall(page.read_text("utf-8"))) - KNOWN
        named = {code for code in mentioned if code.partition(".")[0] in areas}

        assert sorted(named - codes) == []


class TestEndpoints:
    def test_are_routes(self, routes: list[BaseRoute]) -> None:
        """
        Every method and path in a heading of an API page is one that the server answers.
        """
        answered = {
            (method, route.path)
            for route in routes
            if isinstance(route, Route)
            for method in route.methods or {"GET", "POST"}
        }

        missing = [each for each in endpoints() if each not in answered]

        assert missing == []
        assert len(endpoints()) >= 8

    def test_of_the_sandbox_are_all_described(self, routes: list[BaseRoute]) -> None:
        """
        The page about the sandbox leaves none of its routes out.
        """
        mounted = {
            (method, route.path)
            for route in routes
            if isinstance(route, Route) and route.path.startswith("/_sandbox")
            for method in (route.methods or set()) - {"HEAD"}
        }

        assert mounted - set(endpoints()) == set()
