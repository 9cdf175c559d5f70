"""Consent, scope by scope: what a person is offered, and what they answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from hirewire.oauth.authorize.request import OPENID
from hirewire.oauth.authorize.words import SCOPES
from hirewire.oauth.scopes import widen


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    One scope as a person sees it, with a box to tick.

    *includes* is what ticking it allows besides; *included_by* which box allows this one too.
    """

    scope: str
    title: str
    meaning: str
    is_ticked: bool
    includes: str = ""
    included_by: str = ""


def offers(asked: frozenset[str], granted: frozenset[str] | None) -> list[Offer]:
    """
    List the boxes for what was *asked*; `openid` needs none, as signing in says as much.

    What was *granted* before is ticked. Who was never asked finds every box ticked, and
    takes away what the app need not have.
    """
    ticked = asked if granted is None else widen(granted)
    return [
        Offer(
            scope=scope,
            title=words.title,
            meaning=words.meaning,
            is_ticked=scope in ticked,
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

    What was not asked for now stays as it was, but for what would bring along a scope that
    the person has just taken away.
    """
    dropped = asked - allowed
    kept = {scope for scope in before if not widen(frozenset({scope})) & dropped}
    return allowed | kept


def _implies(scope: str, other: str) -> bool:
    return scope != other and other in widen(frozenset({scope}))


def _title(scopes: Iterable[str]) -> str:
    return ", ".join(SCOPES[scope].title for scope in sorted(scopes))
