"""What no endpoint answers, a path or method that there is not: a page in browsers, or JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hirewire.kit.refusals import HirewireError, Kind
from hirewire.web.pages import Pages

_NOT_FOUND: Final = 404
_VARY: Final = {"vary": "Accept"}


@dataclass(eq=False)
class NoSuchPage(HirewireError):
    """A path was asked for that there is not."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "http.not_found"

    def __str__(self) -> str:
        return "There is no page at this address. It may be misspelled, or an old one."


@dataclass(eq=False)
class NotThatMethod(HirewireError):
    """A path was asked for with a method that it does not answer."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "http.method_not_allowed"

    def __str__(self) -> str:
        return "This address cannot be opened like that. Go back, and try again from there."


_REFUSALS: Final[Mapping[int, type[HirewireError]]] = {
    _NOT_FOUND: NoSuchPage,
    405: NotThatMethod,
}


@dataclass(frozen=True, slots=True)
class Strays:
    """Answers requests that nothing else does; browsers, which ask for HTML, with *pages*."""

    pages: Pages

    async def answer(self, request: Request, error: Exception) -> Response:
        """Say what is not there (an exception handler of Starlette's)."""
        if not isinstance(error, HTTPException):
            raise error
        refusal = _REFUSALS.get(error.status_code)
        headers = {name.lower(): text for name, text in (error.headers or {}).items()}
        if refusal is not None and "text/html" in request.headers.get("accept", ""):
            return self.pages.refused(
                refusal(),
                status=error.status_code,
                request_id=request.scope.get("request_id", ""),
                headers=headers | _VARY,
            )
        code = "http" if refusal is None else refusal.code
        body = {"code": code, "message": f"{error.detail}."}
        return JSONResponse(body, status_code=error.status_code, headers=headers | _VARY)


def without_nul(app: ASGIApp) -> ASGIApp:
    """
    Let nothing be at paths with a NUL, wherever *app* would look.

    What stands in a path is looked up as it is, and NUL has no place in a database's text.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if "\0" in scope.get("path", ""):
            raise HTTPException(_NOT_FOUND)
        await app(scope, receive, send)

    return answer
