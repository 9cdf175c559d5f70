"""What the pages of an interaction show: who asks, for what, and who is asked."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from hirewire.accounts.service import Accounts
from hirewire.accounts.sign_in.browser import Browser
from hirewire.oauth.authorize.consent import offers
from hirewire.oauth.authorize.errors import InteractionOver
from hirewire.oauth.authorize.interaction import Question
from hirewire.oauth.authorize.interactions import Sitting
from hirewire.oauth.authorize.redirect_uri import form_targets, host
from hirewire.oauth.authorize.request import OPENID
from hirewire.oauth.authorize.wire import path_of
from hirewire.runtime.db.database import Reader
from hirewire.web.pages import OPENER_KEPT, Pages

MOST_EMPLOYERS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An employer that can be picked, by its *id* on the wire."""

    id: str
    name: str
    country: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Gathers what a page shows, and renders it."""

    accounts: Accounts
    browser: Browser
    pages: Pages

    async def show(
        self, reader: Reader, request: Request, sitting: Sitting, *, is_wrong: bool = False
    ) -> Response:
        """Ask the question of *sitting*; *is_wrong* after an answer that was none."""
        interaction, session = sitting.interaction, sitting.session
        if interaction is None or session is None:
            raise InteractionOver
        person = await self.accounts.person(reader, session.person_id)
        owner = await self.accounts.employer(reader, sitting.app.owner_employer_id)
        action = path_of(interaction.id)
        if sitting.question is Question.EMPLOYER:
            template, values = "employer", await self._choices(reader, sitting)
        else:
            template, values = "consent", await self._boxes(reader, sitting)
        return self.pages.answer(
            f"authorize/{template}.html",
            status=400 if is_wrong else 200,
            form_targets=form_targets(sitting.request.redirect_uri),
            headers=OPENER_KEPT,
            action=action,
            csrf_token=self.browser.csrf_token(request),
            app_name=sitting.app.name,
            owner_name="" if owner is None else owner.name,
            place=host(sitting.request.redirect_uri),
            person_name="" if person is None else person.name,
            person_email="" if person is None else person.email,
            other_person_url=self.browser.sign_in_url(action, again=True),
            is_wrong=is_wrong,
            **values,
        )

    async def _choices(self, reader: Reader, sitting: Sitting) -> dict[str, object]:
        if sitting.session is None:
            raise InteractionOver
        person_id = sitting.session.person_id
        employers = await self.accounts.employers_of_person(
            reader, person_id, limit=MOST_EMPLOYERS
        )
        memberships = await self.accounts.memberships_of(
            reader, person_id, limit=MOST_EMPLOYERS
        )
        roles = {membership.employer_id: membership.role for membership in memberships}
        choices = [
            Choice(
                id=employer.id.hex,
                name=employer.name,
                country=employer.country,
                role=roles[employer.id].value if employer.id in roles else "",
            )
            for employer in sorted(employers, key=lambda employer: employer.name.casefold())
        ]
        return {"employers": choices}

    async def _boxes(self, reader: Reader, sitting: Sitting) -> dict[str, object]:
        interaction = sitting.interaction
        picked = None
        if interaction is not None and interaction.employer_id is not None:
            picked = await self.accounts.employer(reader, interaction.employer_id)
        return {
            "offers": offers(sitting.request.scopes, sitting.granted, sitting.refused),
            "asks_identity": OPENID in sitting.request.scopes,
            "employer_name": "" if picked is None else picked.name,
        }
