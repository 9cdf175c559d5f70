"""Ids of connections: whose they are, and that nobody can make one up."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.caller import Caller
from hirewire.kit.entropy import SeededEntropy
from hirewire.realtime.connections import ConnectionIds
from hirewire.realtime.errors import NotYourConnection

SECRET = "s" * 32
PAT = Caller(
    app_id="app-1",
    scopes=frozenset({"conversations.read"}),
    expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    person_id=UUID(int=1),
    employer_id=UUID(int=2),
    token_ids=frozenset({UUID(int=3)}),
)
LATER = replace(
    PAT, expires_at=datetime(2026, 1, 2, tzinfo=UTC), token_ids=frozenset({UUID(int=4)})
)
STRANGERS = {
    "another app": replace(PAT, app_id="app-2"),
    "another person": replace(PAT, person_id=UUID(int=5)),
    "the app itself": replace(PAT, person_id=None),
    "another employer": replace(PAT, employer_id=UUID(int=6)),
    "no employer": replace(PAT, employer_id=None),
    "swapped": replace(PAT, person_id=PAT.employer_id, employer_id=PAT.person_id),
}


def ids(secret: str = SECRET) -> ConnectionIds:
    """What one process mints and checks with."""
    return ConnectionIds(secret, SeededEntropy(5))


class TestMint:
    @pytest.mark.fidelity("realtime.connection.id-tells-its-owner")
    def test_makes_uuids_of_version_8(self) -> None:
        """
        What is minted is a UUID that promises nothing about its bits, and another each time.
        """
        maker = ids()

        minted = [maker.mint(PAT) for _ in range(1_000)]

        assert {(each.version, each.variant) for each in minted} == {
            (8, "specified in RFC 4122")
        }
        assert len(set(minted)) == 1_000

    @pytest.mark.fidelity("realtime.connection.id-tells-its-owner")
    def test_is_known_to_every_process(self) -> None:
        """
        What one process minted another with the same secret takes, with a later token, too.
        """
        minted = ids().mint(PAT)

        other = ConnectionIds(SECRET, SeededEntropy(6))

        other.check(minted, PAT)
        other.check(minted, LATER)


class TestCheck:
    @pytest.mark.fidelity("realtime.connection.id-tells-its-owner")
    @pytest.mark.parametrize("who", STRANGERS)
    def test_refuses_another_owner(self, who: str) -> None:
        """
        App, person and employer all have to be those that opened it.
        """
        minted = ids().mint(PAT)

        with pytest.raises(NotYourConnection):
            ids().check(minted, STRANGERS[who])

    def test_refuses_another_installations_id(self) -> None:
        """
        The key is this installation's.
        """
        minted = ids("t" * 32).mint(PAT)

        with pytest.raises(NotYourConnection):
            ids().check(minted, PAT)

    @given(bit=st.integers(min_value=0, max_value=127))
    def test_refuses_an_id_of_which_any_bit_is_another(self, bit: int) -> None:
        """
        Version and variant are part of what is checked.
        """
        minted = ids().mint(PAT)

        with pytest.raises(NotYourConnection):
            ids().check(UUID(int=minted.int ^ 1 << bit), PAT)

    @given(made_up=st.uuids())
    def test_refuses_what_was_never_minted(self, made_up: UUID) -> None:
        """
        A UUID out of the blue is nobody's.
        """
        with pytest.raises(NotYourConnection):
            ids().check(made_up, PAT)
