"""The scopes that exist, which ones imply others, and which ones need a person."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

READ: Final = ".read"
OFFLINE_ACCESS: Final = "offline_access"
EMPLOYER_ACCESS: Final = "employer_access"

KNOWN: Final = frozenset(
    {
        "openid",
        "email",
        "offline_access",
        "employer_access",
        "interviews.schedule",
        "employer.hosted_job",
        "employer.hosted_job.read",
        "conversations",
        "conversations.read",
        "employer.advertising.account",
        "employer.advertising.account.read",
        "employer.advertising.subaccount",
        "employer.advertising.subaccount.read",
        "employer.advertising.campaign",
        "employer.advertising.campaign.read",
        "employer.advertising.campaign_report.read",
        "live-queries:read",
        "live-subscriptions:read",
        "live-subscriptions:write",
    }
)
OF_A_PERSON: Final = frozenset({"openid", "email", OFFLINE_ACCESS})
"""What speaks of a person who signed in: no app has it for itself."""


@lru_cache(maxsize=1024)
def widen(scopes: frozenset[str]) -> frozenset[str]:
    """Add to each write scope the read scope that it implies (seed 003, "token scopes")."""
    return scopes | frozenset(_implied(scopes)) & KNOWN


def spell(scopes: Iterable[str]) -> str:
    """Spell scopes as the `scope` of an answer: sorted, as seed 003's sample is."""
    return " ".join(sorted(scopes))


def _implied(scopes: Iterable[str]) -> Iterable[str]:
    for scope in scopes:
        yield f"{scope}{READ}"
        if scope.endswith(":write"):
            yield f"{scope.removesuffix(':write')}:read"
