"""Whether pages of a trusted origin may listen, and others not (the Fetch standard, CORS)."""

from typing import Final

from hirewire.sse_conformance.checks.check import Check, expect, need
from hirewire.sse_conformance.target import OK, Target
from hirewire.sse_conformance.wire import Answer

_ALLOW: Final = "access-control-allow-origin"
_ASKED: Final = ("last-event-id", "authorization")


def _preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": ",".join(sorted(_ASKED)),
    }


def _words(answer: Answer, name: str) -> set[str]:
    return {word.strip().lower() for word in (answer.header(name) or "").split(",")}


async def _is_answered(target: Target) -> None:
    origin = need(target.options.origin, "--origin")
    async with target.ask("OPTIONS", headers=_preflight(origin)) as answer:
        expect(answer.status in range(200, 300), f"A preflight is answered {answer.status}.")
        allowed = answer.header(_ALLOW)
        names = _words(answer, "access-control-allow-headers")
    expect(allowed in {origin, "*"}, f"{_ALLOW} is {allowed!r} for {origin}.")
    # A wildcard does not cover `Authorization` (the Fetch standard, section 4.9).
    lacking = [name for name in _ASKED if name not in names]
    if "*" in names:
        lacking = [name for name in lacking if name == "authorization"]
    expect(not lacking, f"A page may not send {', '.join(lacking)}.")


async def _is_let_in(target: Target) -> None:
    origin = need(target.options.origin, "--origin")
    async with target.ask(headers=target.headers({"Origin": origin})) as answer:
        expect(answer.status == OK, f"A page of {origin} is answered {answer.status}.")
        allowed = answer.header(_ALLOW)
        vary = _words(answer, "vary")
        credentials = answer.header("access-control-allow-credentials")
    expect(allowed in {origin, "*"}, f"{_ALLOW} is {allowed!r} for {origin}.")
    expect(allowed == "*" or vary & {"origin", "*"}, "Vary does not name Origin.")
    both = allowed == "*" and credentials == "true"
    expect(not both, "Credentials are allowed for everybody, which browsers refuse.")


async def _preflight_of_others(target: Target) -> None:
    need(target.options.origin, "--origin")
    other = target.options.other_origin
    async with target.ask("OPTIONS", headers=_preflight(other)) as answer:
        allowed = answer.header(_ALLOW)
    expect(allowed not in {other, "*"}, f"A preflight of {other} is allowed: {allowed!r}.")


async def _others(target: Target) -> None:
    need(target.options.origin, "--origin")
    other = target.options.other_origin
    async with target.ask(headers=target.headers({"Origin": other})) as answer:
        status, allowed = answer.status, answer.header(_ALLOW)
    expect(allowed not in {other, "*"}, f"A page of {other} may read it: {allowed!r}.")
    if target.options.is_hirewire:
        expect(status == 403, f"A page of {other} is answered {status}.")  # noqa: PLR2004


PAGES: Final = (
    Check("cors.preflight", "A trusted origin's preflight is answered", _is_answered),
    Check("cors.trusted", "A trusted origin's page may listen", _is_let_in),
    Check(
        "cors.other-preflight",
        "Another origin's preflight allows nothing",
        _preflight_of_others,
    ),
    Check("cors.other", "Another origin's page may not listen", _others),
)
