"""Who is let in, and by which methods."""

from typing import Final

from hirewire.sse_conformance.checks.check import Check, document, expect, need
from hirewire.sse_conformance.target import OK, Failed, Skipped, Target

_OURS: Final = {"GET", "HEAD", "POST", "OPTIONS"}
_REFUSED: Final = frozenset({400, 401, 403})
_NOT_ALLOWED: Final = 405
_NOT_KNOWN: Final = 501


async def _refused(target: Target, bearer: str | None) -> None:
    need(target.options.token, "--token")
    headers = target.headers()
    del headers["Authorization"]
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    async with target.ask(headers=headers) as answer:
        expect(answer.status in _REFUSED, f"It is answered {answer.status}.")
        body = (await answer.rest()).decode("utf-8", "replace")
    if target.options.is_hirewire:
        named = document(body).get("error")
        expect(answer.status == 400, f"It is answered {answer.status}, not 400.")  # noqa: PLR2004
        expect(named == "invalid_token", f"The error is {named!r}.")


async def _without(target: Target) -> None:
    await _refused(target, None)


async def _bad(target: Target) -> None:
    token = need(target.options.token, "--token")
    await _refused(target, "no-token")
    # The last sign may hold bits that say nothing, so one before it is changed.
    middle = len(token) - 5
    other = "A" if token[middle] != "A" else "B"
    await _refused(target, f"{token[:middle]}{other}{token[middle + 1 :]}")


async def _expired(target: Target) -> None:
    await _refused(target, need(target.options.expired_token, "--expired-token"))


async def _head(target: Target) -> None:
    async with target.ask("HEAD") as answer:
        head, kind, body = answer.status, answer.header("content-type"), await answer.rest()
    if head in {_NOT_ALLOWED, _NOT_KNOWN} and not target.options.is_hirewire:
        raise Skipped(f"HEAD is answered {head}")
    async with target.ask() as answer:
        get = (answer.status, answer.header("content-type"))
    expect((head, kind) == get, f"HEAD is answered {head} {kind!r}, GET {get[0]} {get[1]!r}.")
    expect(not body, "HEAD has a body.")


async def _options(target: Target) -> None:
    async with target.ask("OPTIONS", headers={}) as answer:
        status, allowed = answer.status, answer.header("allow")
    if not target.options.is_hirewire and status not in range(200, 300):
        raise Skipped(f"OPTIONS is answered {status}")
    expect(status in range(200, 300), f"OPTIONS is answered {status}.")
    names = {name.strip() for name in (allowed or "").split(",")}
    if target.options.is_hirewire:
        expect(names >= _OURS, f"Allow is {allowed!r}.")


async def _other_method(target: Target) -> None:
    async with target.ask("DELETE") as answer:
        status, allowed = answer.status, answer.header("allow")
    expect(status in {_NOT_ALLOWED, _NOT_KNOWN}, f"DELETE is answered {status}.")
    if status == _NOT_ALLOWED:
        expect(allowed, "405 comes without Allow (RFC 9110, section 15.5.6).")


async def _works(target: Target) -> None:
    need(target.options.token, "--token")
    async with target.ask() as answer:
        if answer.status != OK:
            raise Failed(f"The token is answered {answer.status}.")


DOORS: Final = (
    Check("auth.token", "The token lets in", _works),
    Check("auth.none", "Without a token nobody is let in", _without),
    Check("auth.bad", "A token that is none, or changed, does not", _bad),
    Check("auth.expired", "Nor does one that has expired", _expired),
    Check("methods.head", "HEAD is answered as GET, without a body", _head),
    Check("methods.options", "OPTIONS is answered", _options),
    Check("methods.other", "Another method is refused, and told which are not", _other_method),
)
