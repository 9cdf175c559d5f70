"""Pages: their headers, their pieces, and that nothing of a caller's becomes markup."""

import re
from dataclasses import dataclass
from typing import ClassVar

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hirewire.kit.refusals import HirewireError, Kind
from hirewire.web.pages import OPENER_KEPT, BadForm, Pages, asset_routes
from hirewire.web.rate_limits import TooManyRequests


@pytest.fixture
def pages() -> Pages:
    """The kit alone."""
    return Pages()


@dataclass(eq=False)
class OddName(HirewireError):
    """A name is odd."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "tests.odd_name"

    name: str

    def __str__(self) -> str:
        return f"{self.name} is odd."


def _text(response: Response) -> str:
    return bytes(response.body).decode()


class TestPages:
    def test_compile_a_template_once(self) -> None:
        """
        Whoever renders the same packages shares what was compiled; others have their own.
        """
        first, second = Pages(["hirewire.console"]), Pages(["hirewire.console"])
        other = Pages()

        assert first._templates is second._templates
        assert first._templates is not other._templates


class TestAnswer:
    @pytest.mark.fidelity("pages.headers", "pages.no-script")
    def test_lets_nobody_frame_it_and_nothing_run(self, pages: Pages) -> None:
        """
        Every page has the same headers: no script, no frame, no copy, no referrer.
        """
        answer = pages.answer("pages/onward.html", url="/a")

        assert dict(answer.headers) | {"content-length": ""} == {
            "cache-control": "no-store",
            "content-length": "",
            "content-security-policy": (
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                "frame-ancestors 'none'; base-uri 'none'"
            ),
            "content-type": "text/html; charset=utf-8",
            "cross-origin-opener-policy": "same-origin",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }

    @pytest.mark.fidelity("pages.headers")
    def test_names_where_a_form_may_lead(self, pages: Pages) -> None:
        """
        The origins of a redirect stand beside our own, and headers may be replaced.
        """
        answer = pages.answer(
            "pages/onward.html",
            status=403,
            form_targets=["https://app.example", "http://127.0.0.1:3000"],
            headers=OPENER_KEPT,
            url="/a",
        )

        assert answer.status_code == 403
        assert (
            "; form-action 'self' https://app.example http://127.0.0.1:3000; "
            in (answer.headers["content-security-policy"])
        )
        assert answer.headers["cross-origin-opener-policy"] == "unsafe-none"

    def test_has_a_title_a_language_and_a_way_past_the_head(self, pages: Pages) -> None:
        """
        A screen reader knows the language and the title, and a keyboard skips ahead.
        """
        text = _text(pages.refused(BadForm(reason="No.")))

        assert '<html lang="en"' in text
        assert "<title>That did not work · hirewire</title>" in text
        assert '<a class="skip" href="#main">' in text
        assert '<main id="main"' in text

    @pytest.mark.fidelity("pages.no-script")
    def test_has_neither_script_nor_style_inside(self, pages: Pages) -> None:
        """
        The policy would stop them, so a page that needed them would be broken.
        """
        text = _text(pages.onward("https://app.example/callback?code=1"))

        assert re.findall(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", text) == []


class TestOnward:
    def test_goes_on_by_itself_and_by_hand(self, pages: Pages) -> None:
        """
        The address stands in both as text, whatever is in it, and the opener is kept.
        """
        answer = pages.onward("/a?b=1&c=\"'><x")

        text = _text(answer)
        url = "/a?b=1&amp;c=&#34;&#39;&gt;&lt;x"
        assert f'<meta http-equiv="refresh" content="0; url={url}">' in text
        assert f'href="{url}"' in text
        assert answer.headers["cross-origin-opener-policy"] == "unsafe-none"


class TestRefused:
    def test_says_why_and_by_which_request(self, pages: Pages) -> None:
        """
        The status follows from the kind, and what a caller named is text.
        """
        answer = pages.refused(OddName("<script>x</script>"), request_id="r-1")

        text = _text(answer)
        assert answer.status_code == 409
        assert "&lt;script&gt;x&lt;/script&gt; is odd." in text
        assert ">tests.odd_name</code>" in text
        assert ">r-1</code>" in text
        assert "<script" not in text

    def test_says_when_to_come_back(self, pages: Pages) -> None:
        """
        A refusal that knows how long it holds says so to machines, too.
        """
        answer = pages.refused(TooManyRequests(retry_after_s=1.2))

        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")

    async def test_answers_for_an_endpoint(self, pages: Pages) -> None:
        """
        What an endpoint refuses becomes a page; what it does not mean to still crashes.
        """

        async def refuse(request: Request) -> Response:
            raise OddName("Ada")

        app = Starlette(routes=[Route("/", pages.guarded(refuse))])
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test"
        ) as http:
            answer = await http.get("/")

        assert answer.status_code == 409
        assert "Ada is odd." in answer.text


class TestAssets:
    async def test_are_kept_for_ever_under_their_content(self, pages: Pages) -> None:
        """
        What a page names is there, and any other name is not.
        """
        named = re.findall(r'(?:href|src)="(/assets/[^"]+)"', _text(pages.onward("/")))
        app = Starlette(routes=asset_routes())
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test"
        ) as http:
            answers = [await http.get(path) for path in named]
            unknown = await http.get("/assets/style.0000000000000000.css")

        assert {answer.status_code for answer in answers} == {200}
        assert {answer.headers["content-type"] for answer in answers} == {
            "text/css; charset=utf-8",
            "image/svg+xml",
        }
        assert {answer.headers["cache-control"] for answer in answers} == {
            "public, max-age=31536000, immutable"
        }
        assert unknown.status_code == 404
