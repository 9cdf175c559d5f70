"""
What can be done with interactions: begin one, sit down to it, answer it, finish it once.

A finished interaction is removed in the unit of work that issues its code, and so is the pushed
request that it began with. Of two answers one gets a code; the other learns that it is over.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from hirewire.accounts.model import App
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import Session
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.authorize import store
from hirewire.oauth.authorize.answers import answer, refusal
from hirewire.oauth.authorize.consent import allowed, remembered, still_refused
from hirewire.oauth.authorize.errors import InteractionOver, PushedRequestGone, UnknownClient
from hirewire.oauth.authorize.interaction import LASTS, Interaction, Question, next_question
from hirewire.oauth.authorize.pushed import use_up
from hirewire.oauth.authorize.redirect_uri import prove
from hirewire.oauth.authorize.request import AuthorizationRequest
from hirewire.oauth.authorize.rules import can_be_impersonated, check_app
from hirewire.oauth.grants.model import CodeRequest, Grant
from hirewire.oauth.grants.service import Grants
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who comes: from which browser, in which session, at which moment."""

    browser_id: str
    session: Session | None
    now: datetime

    @property
    def browser_digest(self) -> bytes:
        """What is kept of the browser's id, which has 256 random bits."""
        return hashlib.sha256(self.browser_id.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """
    A person before a request of an app: what they allowed it before, and what to ask them.

    *question* None has nothing to ask. *interaction* is None before anything was asked.
    """

    app: App
    request: AuthorizationRequest
    session: Session | None
    grant: Grant | None
    question: Question | None
    interaction: Interaction | None = None

    @property
    def granted(self) -> frozenset[str] | None:
        """What the person allowed the app before, None for nothing ever."""
        return None if self.grant is None else self.grant.scopes

    @property
    def refused(self) -> frozenset[str]:
        """What the person was asked for before, and did not allow."""
        return frozenset() if self.grant is None else self.grant.refused

    @property
    def is_of_somebody_else(self) -> bool:
        """Whether the answers so far are not those of who is signed in."""
        if self.interaction is None or self.session is None:
            return False
        return self.interaction.person_id != self.session.person_id

    @property
    def is_to_be_asked(self) -> bool:
        """Whether who is signed in has a question to answer."""
        return self.question is not None and not self.is_of_somebody_else


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """The front door of the pages; *issuer* is who signs the answers (RFC 9207)."""

    accounts: Accounts
    grants: Grants
    issuer: str

    async def consider(
        self,
        reader: Reader,
        app: App,
        request: AuthorizationRequest,
        visit: Visit,
        interaction: Interaction | None = None,
    ) -> Sitting:
        """
        Find out what is to be asked.

        Raises:
            LoginRequired: somebody else signed in than the app expects.
        """
        session = visit.session
        grant = None
        if session is not None:
            grant = await self.grants.remembered(reader, session.person_id, app.id)
        question = next_question(
            request,
            now=visit.now,
            session=session,
            granted=None if grant is None else grant.scopes,
            always_consents=can_be_impersonated(app, request.redirect_uri),
            interaction=interaction,
        )
        return Sitting(
            app=app,
            request=request,
            session=session,
            grant=grant,
            question=question,
            interaction=interaction,
        )

    async def begin(
        self, uow: UnitOfWork, request: AuthorizationRequest, visit: Visit
    ) -> Interaction:
        """Keep a request until its person has answered, for an hour, for one browser."""
        session = visit.session
        interaction = Interaction(
            id=uow.new_id(),
            request=request,
            begun_at=uow.now,
            begun_in=None if session is None else session.id,
            expires_at=uow.now + LASTS,
            person_id=None if session is None else session.person_id,
        )
        await store.add_interaction(uow, interaction, visit.browser_digest)
        return interaction

    async def look_up(self, reader: Reader, id: UUID, visit: Visit) -> tuple[App, Interaction]:
        """
        Find an interaction and its app, to look at.

        Raises:
            InteractionOver: there is none, or none of this browser's.
            UnknownClient, UnregisteredRedirectUri: the app's answer has nowhere to go now.
        """
        found = await store.interaction(reader, id, visit.browser_digest, visit.now)
        return await self._app_of(reader, found)

    async def take_up(self, uow: UnitOfWork, id: UUID, visit: Visit) -> tuple[App, Interaction]:
        """
        Find an interaction and its app, and let nobody else answer it in the meantime.

        Raises:
            InteractionOver, UnknownClient, UnregisteredRedirectUri: see `look_up`.
        """
        found = await store.locked_interaction(uow, id, visit.browser_digest)
        return await self._app_of(uow, found)

    async def sit_down(
        self, reader: Reader, app: App, interaction: Interaction, visit: Visit
    ) -> Sitting:
        """
        Find out what is to be asked next, if the app is still allowed to ask.

        Raises:
            HirewireError: the app hears why not at its redirect URI.
        """
        check_app(app, interaction.request)
        if visit.session is not None and interaction.employer_id is not None:
            member = await self.accounts.membership(
                reader, visit.session.person_id, interaction.employer_id
            )
            if member is None:
                interaction = replace(interaction, employer_settled=False, employer_id=None)
        return await self.consider(reader, app, interaction.request, visit, interaction)

    async def begin_anew(
        self, uow: UnitOfWork, interaction: Interaction, session: Session
    ) -> Interaction:
        """Forget the answers of whoever was signed in before."""
        await store.begin_anew(uow, interaction.id, session.person_id)
        return replace(
            interaction, person_id=session.person_id, employer_settled=False, employer_id=None
        )

    async def pick_employer(
        self, uow: UnitOfWork, interaction: Interaction, session: Session, picked: UUID | None
    ) -> bool:
        """
        Settle which employer it is for; False where it is none of the person's.

        Only who acts for no employer goes on without one.
        """
        if picked is None:
            having = await self.accounts.employers_of_person(uow, session.person_id, limit=1)
            may = not having
        else:
            may = await self.accounts.membership(uow, session.person_id, picked) is not None
        if may:
            await store.settle_employer(uow, interaction.id, picked)
        return may

    async def finish(
        self, uow: UnitOfWork, sitting: Sitting, ticked: Iterable[str] | None = None
    ) -> str:
        """
        Issue the code, and return the URL that takes it to the app.

        With *ticked* the person has just consented; without it they had before.

        Raises:
            InteractionOver, PushedRequestGone: somebody was faster.
        """
        interaction, session, request = sitting.interaction, sitting.session, sitting.request
        if session is None:
            raise InteractionOver
        if interaction is None:
            await use_up(uow, request)
        else:
            await _end(uow, interaction)
        scopes = request.scopes if ticked is None else allowed(request.scopes, ticked)
        grant = await self._granted(uow, session, sitting, scopes)
        employer_id = None if interaction is None else interaction.employer_id
        code = await self.grants.issue_code(
            uow,
            CodeRequest(
                person_id=session.person_id,
                app=sitting.app,
                grant_id=grant.id,
                scopes=scopes,
                redirect_uri=request.redirect_uri,
                nonce=request.nonce,
                code_challenge=request.code_challenge,
                authenticated_at=session.authenticated_at,
                picked_employer_id=employer_id,
                proof_key=request.proof_key,
            ),
        )
        return answer(request, code, self.issuer, employer_id)

    async def refuse(
        self, uow: UnitOfWork, interaction: Interaction, error: HirewireError
    ) -> str:
        """
        End an interaction without a code, and return the URL that tells the app.

        Raises:
            InteractionOver: somebody was faster.
        """
        await _end(uow, interaction)
        request = interaction.request
        return refusal(request.redirect_uri, error, request.state, self.issuer)

    async def _granted(
        self, uow: UnitOfWork, session: Session, sitting: Sitting, scopes: frozenset[str]
    ) -> Grant:
        """
        Bring the grant up to what was allowed now.

        Where nobody was asked this adds at most what was implied already, such as a read scope
        that came with its write scope.
        """
        before = sitting.granted or frozenset()
        kept = remembered(before, sitting.request.scopes, scopes)
        refused = still_refused(sitting.refused, before | sitting.request.scopes, kept)
        return await self.grants.allow(
            uow, session.person_id, sitting.app, kept, refused=refused
        )

    async def _app_of(
        self, reader: Reader, interaction: Interaction | None
    ) -> tuple[App, Interaction]:
        if interaction is None:
            raise InteractionOver
        app = await self.accounts.apps.find(reader, interaction.request.app_id)
        if app is None:
            raise UnknownClient
        prove(interaction.request.redirect_uri, app.redirect_uris)
        return app, interaction


async def _end(uow: UnitOfWork, interaction: Interaction) -> None:
    """End it once; a pushed request may have been opened in several windows or browsers."""
    if not await store.end_interaction(uow, interaction.id):
        raise InteractionOver
    try:
        await use_up(uow, interaction.request)
    except PushedRequestGone:
        raise InteractionOver from None
