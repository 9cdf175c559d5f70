"""Tests of what a caller may be asked for."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from hirewire.kit.caller import Caller, MissingScope, NoEmployer, Unauthenticated
from hirewire.kit.refusals import Kind

EMPLOYER = UUID(int=7)
CALLER = Caller(
    app_id="agency",
    scopes=frozenset({"interviews.schedule"}),
    expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    employer_id=EMPLOYER,
)


class TestScopes:
    def test_that_were_granted_are_enough(self) -> None:
        """A caller with the scope passes, and is told for which employer."""
        CALLER.needs("interviews.schedule")

        assert CALLER.employer("interviews.schedule") == EMPLOYER

    def test_that_were_not_granted_are_named(self) -> None:
        """A caller without the scope is refused, and told which one it lacks."""
        with pytest.raises(MissingScope) as refusal:
            CALLER.employer("employer.hosted_job")

        assert (refusal.value.kind, refusal.value.scope) == (
            Kind.FORBIDDEN,
            "employer.hosted_job",
        )
        assert str(refusal.value) == "Required scopes missing: employer.hosted_job"

    def test_are_matched_whole(self) -> None:
        """A prefix of a granted scope is another scope."""
        with pytest.raises(MissingScope):
            CALLER.needs("interviews")


class TestEmployer:
    def test_is_asked_for_after_the_scope(self) -> None:
        """A caller that lacks both hears of the scope first."""
        nobody = replace(CALLER, employer_id=None, scopes=frozenset())

        with pytest.raises(MissingScope):
            nobody.employer("interviews.schedule")

    def test_must_be_represented(self) -> None:
        """A token for no employer is told how to get one."""
        with pytest.raises(NoEmployer) as refusal:
            replace(CALLER, employer_id=None).employer("interviews.schedule")

        assert refusal.value.kind is Kind.FORBIDDEN
        assert "employer parameter" in str(refusal.value)


def test_who_is_unauthenticated_hears_why() -> None:
    """The reason is the sentence."""
    refusal = Unauthenticated(reason="The access token has expired.")

    assert (str(refusal), refusal.kind) == (
        "The access token has expired.",
        Kind.UNAUTHENTICATED,
    )
