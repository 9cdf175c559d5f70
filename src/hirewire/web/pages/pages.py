"""Pages: templates of several packages, rendered under headers that let no script run."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from hirewire.kit.refusals import HirewireError, Kind
from hirewire.web import errors
from hirewire.web.pages.assets import asset

PageEndpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

OPENER_KEPT: Final[Mapping[str, str]] = MappingProxyType(
    {"cross-origin-opener-policy": "unsafe-none"}
)
"""For pages that an app may open in a window of their own and wait for (`display=popup`)."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cache-control": "no-store",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
    }
)
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADINGS: Final[Mapping[Kind, str]] = {
    Kind.BAD_INPUT: "That did not work",
    Kind.UNAUTHENTICATED: "Please sign in",
    Kind.FORBIDDEN: "This is not allowed",
    Kind.NOT_FOUND: "There is nothing here",
    Kind.CONFLICT: "That did not work",
    Kind.TOO_LARGE: "That was too much",
    Kind.TOO_MANY: "Too many attempts",
    Kind.INTERNAL: "Something went wrong",
    Kind.UNAVAILABLE: "Please try again shortly",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation of a wide page."""

    href: str
    label: str
    is_current: bool = False


class Pages:
    """
    Renders the templates in `templates/` of each of *packages*.

    A template is called after the last part of its package: that of `hirewire.console` and
    the file `apps.html` is "console/apps.html". `hirewire.web.pages`, with the layout and the
    macros, is always among them.
    """

    def __init__(self, packages: Sequence[str] = ()) -> None:
        every = dict.fromkeys(["hirewire.web.pages", *packages])
        self._templates = _environment(tuple(every))

    def answer(
        self,
        template: str,
        *,
        status: int = 200,
        form_targets: Sequence[str] = (),
        headers: Mapping[str, str] = _NOTHING,
        **values: object,
    ) -> Response:
        """
        Render *template* with *values*.

        A browser follows a form's redirects only to this server and to *form_targets*:
        Chromium holds every hop to the CSP's `form-action`, also those that the app makes
        once it has the answer. So there are two ways out of a form. A redirect whose end is
        known names its origin, such as "https://app.example", in *form_targets* of the page
        with the form. Where the end is not known, as that of `next` behind the sign-in page,
        or of an app that redirects on to another of its hosts, the form is answered with
        `onward`, and what follows is no redirect of a form any more.

        *headers* replace ours of the same name, in small letters.
        """
        targets = " ".join(["'self'", *form_targets])
        text = self._templates.get_template(template).render(values)
        policy = {"content-security-policy": _POLICY.format(targets=targets)}
        return Response(
            text, status, {**_HEADERS, **policy, **headers}, "text/html; charset=utf-8"
        )

    def onward(self, url: str, *, headers: Mapping[str, str] = OPENER_KEPT) -> Response:
        """
        Answer a form with a page that goes on to *url* by itself, or at the press of a link.

        *url* is one of ours or a registered one, checked by whoever calls.
        """
        return self.answer("pages/onward.html", headers=headers, url=url)

    def refused(
        self,
        error: HirewireError,
        *,
        status: int | None = None,
        request_id: str = "",
        headers: Mapping[str, str] = _NOTHING,
        is_for_members: bool = True,
    ) -> Response:
        """
        Say to a person why there is no other page; nothing on it is the caller's markup.

        Only those for whom there is a console are shown the way there.
        """
        return self.answer(
            "pages/refused.html",
            status=status or errors.status(error),
            headers={**errors.come_back(error), **headers},
            heading=_HEADINGS[error.kind],
            message=str(error),
            reason=error.code,
            request_id=request_id,
            is_for_members=is_for_members,
        )

    def guarded(self, endpoint: PageEndpoint, *, is_for_members: bool = True) -> PageEndpoint:
        """Let *endpoint* answer what it refuses with a page, too (`refused`)."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except HirewireError as error:
                return self.refused(
                    error,
                    request_id=request.scope.get("request_id", ""),
                    is_for_members=is_for_members,
                )

        return answer


@cache
def _environment(packages: tuple[str, ...]) -> Environment:
    """Compile templates once for all who render the same; nobody changes it after this."""
    environment = Environment(
        loader=PrefixLoader({_last_part(name): PackageLoader(name) for name in packages}),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset
    return environment


def _last_part(package: str) -> str:
    return package.rpartition(".")[2]
