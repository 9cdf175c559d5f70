"""Consent, scope by scope: what a person is offered, and what they answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hirewire.oauth.authorize.request import OPENID
from hirewire.oauth.authorize.words import SCOPES
from hirewire.oauth.scopes import widen

_NONE: Final = frozenset[str]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    One scope as a person sees it, with a box to tick.

    *is_new* tells that the person was asked for others before, and never for this one.
    *includes* is what ticking it allows besides; *included_by* which box allows this one too.
    """

    scope: str
    title: str
    meaning: str
    is_ticked: bool
    is_new: bool = False
    includes: str = ""
    included_by: str = ""


def offers(
    asked: frozenset[str], granted: frozenset[str] | None, refused: frozenset[str] = _NONE
) -> list[Offer]:
    """
    List the boxes for what was *asked*; `openid` needs none, as signing in says as much.

    What the person was never asked for is ticked, and they take away what the app need not
    have. Of the rest what was *granted* before is ticked, and what was *refused* is not, nor
    is anything that would bring it along.
    """
    new = asked - refused - widen(granted or _NONE)
    unticked = {scope for scope in asked if widen(frozenset({scope})) & refused}
    return [
        Offer(
            scope=scope,
            title=words.title,
            meaning=words.meaning,
            is_ticked=scope not in unticked,
            is_new=granted is not None and scope in new,
            includes=_title(widen(frozenset({scope})) - {scope}),
            included_by=_title(other for other in asked if _implies(other, scope)),
        )
        for scope, words in SCOPES.items()
        if scope in asked and scope != OPENID
    ]


def allowed(asked: frozenset[str], ticked: Iterable[str]) -> frozenset[str]:
    """
    Say what of *asked* a person allowed who ticked *ticked*.

    Whoever may write may read (seed 003), so a ticked write scope brings its read scope
    along. `openid` is no box, and stays.
    """
    chosen = frozenset(ticked) & asked
    return asked & (widen(chosen) | {OPENID})


def remembered(
    before: frozenset[str], asked: frozenset[str], allowed: frozenset[str]
) -> frozenset[str]:
    """
    Say what the grant comes to.

    What this request did not ask for stays as it was, but for what would bring along a scope
    that the person has just taken away.
    """
    dropped = asked - allowed
    kept = {scope for scope in before if not widen(frozenset({scope})) & dropped}
    return allowed | kept


def still_refused(
    before: frozenset[str], asked: frozenset[str], grant: frozenset[str]
) -> frozenset[str]:
    """Say what of *asked*, and of what was refused *before*, a *grant* does not cover."""
    return (before | asked) - widen(grant)


def _implies(scope: str, other: str) -> bool:
    return scope != other and other in widen(frozenset({scope}))


def _title(scopes: Iterable[str]) -> str:
    return ", ".join(SCOPES[scope].title for scope in sorted(scopes))
