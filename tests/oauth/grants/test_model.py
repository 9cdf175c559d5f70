"""Grants under any order of events: a model of them, and what must hold at every moment."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from hirewire.accounts.model import Role
from hirewire.oauth.revoked import Revoked
from hirewire.oauth.sealing import Seal
from tests.fixtures.stage import Stage, play
from tests.oauth.world import AuthorizationServer, Registered, a_web_app, read, running_server

APPS: Final = 2
PEOPLE: Final = 2
GRACE: Final = timedelta(seconds=30)
HOUR: Final = timedelta(hours=1)
"""What an access token lives, and so what its revocation has to be on record."""

PAUSES: Final = (
    *(timedelta(seconds=seconds) for seconds in (1, 10, 20, 29, 31, 45)),
    timedelta(minutes=11),
    timedelta(days=40),
)


@dataclass(slots=True, eq=False)
class Authorization:
    """One family, as the model has it: its code, and its refresh tokens, the leaf last."""

    app: int
    person: int
    code: str
    issued_at_s: float
    employer: UUID | None
    is_redeemed: bool = False
    is_ended: bool = False
    is_superseded: bool = False
    used_at_s: float = 0.0
    rotated_at_s: list[float] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    access: list[tuple[str, float]] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        """Tell whether anything more can come from it."""
        return not self.is_ended and not self.is_superseded


class GrantsMachine(RuleBasedStateMachine):
    """Apps, people and a thief at one authorization server, in any order."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.clock, self.database = stage.clock, stage.database
        self.now_s = 0.0
        self.known: list[Authorization] = []
        self.members = {(p, e) for p in range(PEOPLE) for e in range(2)}

    @initialize()
    def begin(self) -> None:
        """Open a server with its apps and people."""
        self.stage.run(self._begin())

    async def _begin(self) -> None:
        seal = Seal("a secret of the tests", self.stage.entropy)
        self.server: AuthorizationServer = await self.stage.keep(
            running_server(self.database, self.clock, self.stage.entropy, seal)
        )
        world = self.server.world
        self.employers = [world.master.id, world.stranger.id]
        self.apps: list[Registered] = [
            await self.server.an_app(a_web_app(f"App {n}")) for n in range(APPS)
        ]
        self.people = [
            await self.server.a_person(*self.employers, email=f"p{n}@agency.example")
            for n in range(PEOPLE)
        ]

    def teardown(self) -> None:
        """Close all of it."""
        self.stage.close()

    @rule(
        app=st.integers(0, APPS - 1),
        person=st.integers(0, PEOPLE - 1),
        employer=st.sampled_from([None, 0, 1]),
    )
    def authorize(self, app: int, person: int, employer: int | None) -> None:
        """A person lets an app in, perhaps once more, and perhaps picks an employer."""
        picked = None if employer is None else self.employers[employer]
        code = self.stage.run(
            self.server.authorize_as(
                self.people[person], self.apps[app].app, employer_id=picked
            )
        )
        self.known.append(Authorization(app, person, code, self.now_s, picked))

    @rule(app=st.integers(0, APPS - 1), person=st.integers(0, PEOPLE - 1))
    def sign_in(self, app: int, person: int) -> None:
        """A person lets an app in, and the app redeems the code at once."""
        self.authorize(app, person, None)
        self._redeem(self.known[-1], app)

    @precondition(lambda self: self.known)
    @rule(newest=st.integers(0, 3))
    def redeem(self, newest: int) -> None:
        """An app redeems one of the newest codes, for the first time or again."""
        family = self.known[-1 - newest % len(self.known)]
        self._redeem(family, family.app)

    @precondition(lambda self: self.known)
    @rule(newest=st.integers(0, 3))
    def redeem_elsewhere(self, newest: int) -> None:
        """Another app redeems it."""
        family = self.known[-1 - newest % len(self.known)]
        self._redeem(family, (family.app + 1) % APPS)

    def _redeem(self, family: Authorization, app: int) -> None:
        response = self.stage.run(self.server.redeem(self.apps[app], family.code))

        is_fresh = self.now_s < family.issued_at_s + 600
        if app != family.app:
            assert response.status_code == 400
        elif family.is_redeemed:
            assert response.status_code == 400
            family.is_ended = True
        elif family.is_live and is_fresh and self._has_place(family):
            assert response.status_code == 200, response.text
            self._redeemed(family, response.json())
        else:
            assert response.status_code == 400

    @precondition(lambda self: self._having())
    @rule(newest=st.integers(0, 2))
    def refresh(self, newest: int) -> None:
        """An app refreshes by the token that it got last."""
        having = self._having()
        family = having[-1 - newest % len(having)]
        self._refresh(family, len(family.tokens) - 1, family.app)

    @precondition(lambda self: self._having())
    @rule(newest=st.integers(0, 2), back=st.integers(1, 3))
    def refresh_by_an_older_one(self, newest: int, back: int) -> None:
        """The app again, or a thief, refreshes by a token that was rotated away."""
        having = self._having()
        family = having[-1 - newest % len(having)]
        self._refresh(family, max(0, len(family.tokens) - 1 - back), family.app)

    @precondition(lambda self: self._having())
    @rule(newest=st.integers(0, 2), pause=st.sampled_from(PAUSES[:6]))
    def thief(self, newest: int, pause: timedelta) -> None:
        """Somebody steals a token, and comes with it after the app has."""
        having = self._having()
        family = having[-1 - newest % len(having)]
        stolen = len(family.tokens) - 1
        self._refresh(family, stolen, family.app)
        self.wait(pause)
        self._refresh(family, stolen, family.app)

    @precondition(lambda self: self._having())
    @rule(newest=st.integers(0, 2), back=st.integers(0, 1))
    def refresh_elsewhere(self, newest: int, back: int) -> None:
        """Another app refreshes."""
        having = self._having()
        family = having[-1 - newest % len(having)]
        index = max(0, len(family.tokens) - 1 - back)
        self._refresh(family, index, (family.app + 1) % APPS)

    def _having(self) -> list[Authorization]:
        return [family for family in self.known if family.tokens]

    def _refresh(self, family: Authorization, index: int, app: int) -> None:
        response = self.stage.run(self.server.refresh(self.apps[app], family.tokens[index]))

        is_leaf = index == len(family.tokens) - 1
        has_expired = is_leaf and self.now_s >= family.used_at_s + 60 * 86_400
        if app != family.app or not family.is_live or has_expired:
            assert response.status_code == 400
        elif not is_leaf and self.now_s >= family.rotated_at_s[index] + 30:
            assert response.status_code == 400
            family.is_ended = True
        elif not self._has_place(family):
            assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
        else:
            assert response.status_code == 200, response.text
            self._refreshed(family, index, response.json())

    @precondition(lambda self: self.known)
    @rule(person=st.integers(0, PEOPLE - 1), app=st.integers(0, APPS - 1))
    def revoke(self, person: int, app: int) -> None:
        """A person takes back what they allowed an app."""
        self.stage.run(self._revoke(person, app))
        for family in self.known:
            if (family.person, family.app) == (person, app):
                family.is_ended = True

    async def _revoke(self, person: int, app: int) -> None:
        person_id, app_id = self.people[person].id, self.apps[app].app.id
        async with self.database.unit() as uow:
            grant = await self.server.grants.remembered(uow, person_id, app_id)
            if grant is not None:
                await self.server.grants.revoke_grant(uow, person_id, grant.id)

    @rule(person=st.integers(0, PEOPLE - 1), employer=st.integers(0, 1))
    def come_or_go(self, person: int, employer: int) -> None:
        """A person's place at an employer ends, or begins again."""
        self.stage.run(self._come_or_go(person, employer))
        self.members ^= {(person, employer)}

    async def _come_or_go(self, person: int, employer: int) -> None:
        accounts, at = self.server.world.accounts, self.employers[employer]
        async with self.database.unit() as uow:
            if (person, employer) in self.members:
                await accounts.leave(uow, self.people[person].id, at)
            else:
                await accounts.join(uow, self.people[person].id, at, Role.VIEWER)

    @rule(pause=st.sampled_from(PAUSES))
    def wait(self, pause: timedelta) -> None:
        """Time passes."""
        self.stage.run(self.clock.advance(pause))
        self.now_s += pause.total_seconds()

    @invariant()
    def one_leaf_is_live(self) -> None:
        """Of each family one refresh token at most is good, and only while it lives."""
        if not self.known:
            return
        for family in self.known:
            good = self.stage.run(self._good(family))
            assert good in ([], family.tokens[-1:])
            assert family.is_live or not good

    async def _good(self, family: Authorization) -> list[str]:
        async with self.database.read() as reader:
            found = [
                (token, await self.server.grants.refresh_token(reader, token))
                for token in family.tokens
            ]
        return [token for token, standing in found if standing is not None]

    @invariant()
    def what_ended_opens_nothing(self) -> None:
        """No access token outlives its family or its grant."""
        if not self.known:
            return
        revoked = self.stage.run(self._revoked())
        for family in self.known:
            for access, issued_at_s in family.access:
                if self.now_s < issued_at_s + HOUR.total_seconds():
                    named = read(access)
                    is_dead = bool({named["fam"], named["gid"], named["jti"]} & revoked)
                    assert is_dead == family.is_ended

    async def _revoked(self) -> set[str]:
        revoked = Revoked(self.clock)
        async with self.database.read() as reader:
            await revoked.load(reader)
        return {revoked_id.hex for revoked_id in revoked.ids}

    def _has_place(self, family: Authorization) -> bool:
        if family.employer is None:
            return True
        return (family.person, self.employers.index(family.employer)) in self.members

    def _redeemed(self, family: Authorization, answer: dict[str, str]) -> None:
        for other in self.known:
            is_sequel = (other.app, other.person) == (family.app, family.person)
            if is_sequel and other is not family and other.is_redeemed:
                other.is_superseded = True
        family.is_redeemed = True
        family.used_at_s = self.now_s
        family.tokens.append(answer["refresh_token"])
        self._hand_out(family, answer)

    def _refreshed(self, family: Authorization, index: int, answer: dict[str, str]) -> None:
        if index == len(family.tokens) - 1:
            family.rotated_at_s.append(self.now_s)
            family.tokens.append(answer["refresh_token"])
            family.used_at_s = self.now_s
        assert answer["refresh_token"] == family.tokens[index + 1]
        self._hand_out(family, answer)

    def _hand_out(self, family: Authorization, answer: dict[str, str]) -> None:
        """No token crosses apps or people."""
        named = read(answer["access_token"])
        assert named["azp"] == self.apps[family.app].app.id
        assert named["sub"] == f"user:{self.people[family.person].id.hex}"
        family.access.append((answer["access_token"], self.now_s))


@pytest.mark.timeout(60)
@pytest.mark.fidelity("oauth.grants.model")
def test_whatever_happens_in_whatever_order(sqlite_template: Path) -> None:
    """
    One leaf a family, nothing from a used code, nothing across apps, nothing after the end.
    """
    play(lambda: GrantsMachine(Stage(sqlite_template)), runs=40, steps=50)
