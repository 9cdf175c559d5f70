"""`GET` and `POST /oauth/v2/authorize/{interaction}`: what a person is asked, and answers."""

import re
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response

from hirewire.accounts.sign_in.browser import Browser
from hirewire.kit.clock import Clock
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.authorize.errors import AccessDenied, InteractionOver
from hirewire.oauth.authorize.interaction import Question
from hirewire.oauth.authorize.interactions import Interactions, Sitting, Visit
from hirewire.oauth.authorize.request import Prompt
from hirewire.oauth.authorize.views import Views
from hirewire.oauth.authorize.wire import elsewhere, path_of, refusal_page
from hirewire.runtime.db.database import Database, Reader
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.pages import Form, Pages, read_form

CANCEL: Final = "cancel"

_HEX: Final = re.compile(r"[0-9a-f]{32}")

_log = structlog.get_logger(area="oauth")


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionPages:
    """
    The pages between an app and a person.

    Every request finds out anew who is signed in and what is left to ask, so neither the back
    button nor a second window gets anybody further than the answers do.
    """

    database: Database
    interactions: Interactions
    browser: Browser
    pages: Pages
    views: Views
    clock: Clock

    async def answer(self, request: Request) -> Response:
        """Ask what is to be asked, take an answer, or send the person back to the app."""
        try:
            interaction_id = _id(request.path_params["interaction"])
            if request.method == "POST":
                return await self._take_answer(request, interaction_id)
            if request.method != "GET":
                return Response(status_code=405, headers={"allow": "GET, POST"})
            return await self._ask(request, interaction_id)
        except HirewireError as error:
            request_id = request.scope.get("request_id", "")
            _log.info("interaction_refused", error=error.code, request_id=request_id)
            return refusal_page(self.pages, request, error)

    async def _ask(self, request: Request, id: UUID) -> Response:
        async with self.database.read() as reader:
            visit = await self._visit(reader, request)
            app, interaction = await self.interactions.look_up(reader, id, visit)
            try:
                sitting = await self.interactions.sit_down(reader, app, interaction, visit)
            except HirewireError:
                sitting = None
            if sitting is not None and sitting.question is Question.SIGN_IN:
                return self._to_sign_in(sitting)
            if sitting is not None and sitting.is_to_be_asked:
                return await self.views.show(reader, request, sitting)
        return await self._settle(id, visit)

    async def _settle(self, id: UUID, visit: Visit) -> Response:
        """Do what needs nobody's answer: start over, tell the app why not, or finish."""
        async with self.database.unit() as uow:
            app, interaction = await self.interactions.take_up(uow, id, visit)
            try:
                sitting = await self.interactions.sit_down(uow, app, interaction, visit)
            except HirewireError as error:
                return elsewhere(await self.interactions.refuse(uow, interaction, error), 303)
            if sitting.question is None and not sitting.is_of_somebody_else:
                return elsewhere(await self.interactions.finish(uow, sitting), 303)
            if visit.session is not None and sitting.is_of_somebody_else:
                await self.interactions.begin_anew(uow, interaction, visit.session)
        return elsewhere(path_of(id), 303)

    async def _take_answer(self, request: Request, id: UUID) -> Response:
        form = await read_form(request)
        self.browser.check(request, form)
        async with self.database.unit() as uow:
            visit = await self._visit(uow, request)
            app, interaction = await self.interactions.take_up(uow, id, visit)
            try:
                sitting = await self.interactions.sit_down(uow, app, interaction, visit)
            except HirewireError as error:
                return elsewhere(await self.interactions.refuse(uow, interaction, error), 303)
            if sitting.question is Question.SIGN_IN or sitting.is_of_somebody_else:
                return elsewhere(path_of(id), 303)
            return await self._answered(uow, request, sitting, form)

    async def _answered(
        self, uow: UnitOfWork, request: Request, sitting: Sitting, form: Form
    ) -> Response:
        """Take the answer to a question, which may be an earlier one, asked once more."""
        interaction, session = sitting.interaction, sitting.session
        if interaction is None or session is None:
            raise InteractionOver
        if form.one("answer") == CANCEL:
            url = await self.interactions.refuse(uow, interaction, AccessDenied())
            return elsewhere(url, 303)
        answered = form.one("question")
        if answered == Question.EMPLOYER and Prompt.SELECT_EMPLOYER in sitting.request.prompts:
            picked = _employer_id(form.one("employer"))
            if not await self.interactions.pick_employer(uow, interaction, session, picked):
                again = replace(sitting, question=Question.EMPLOYER)
                return await self.views.show(uow, request, again, is_wrong=True)
        elif answered == Question.CONSENT and sitting.question is Question.CONSENT:
            ticked = form.all("scope")
            return elsewhere(await self.interactions.finish(uow, sitting, ticked), 303)
        return elsewhere(path_of(interaction.id), 303)

    def _to_sign_in(self, sitting: Sitting) -> Response:
        if sitting.interaction is None:
            raise InteractionOver
        return elsewhere(
            self.browser.sign_in_url(
                path_of(sitting.interaction.id),
                login_hint=sitting.request.login_hint,
                again=sitting.session is not None,
            ),
            303,
        )

    async def _visit(self, reader: Reader, request: Request) -> Visit:
        """A browser without a cookie has no interaction, and the same is said to it."""
        browser_id = self.browser.browser_id(request)
        if browser_id is None:
            raise InteractionOver
        session = await self.browser.session(reader, request)
        return Visit(browser_id=browser_id, session=session, now=self.clock.now())


def _id(text: str) -> UUID:
    if not _HEX.fullmatch(text):
        raise InteractionOver
    return UUID(text)


def _employer_id(text: str) -> UUID | None:
    """Read what was picked; no employer has the id of zeros, so nonsense picks nobody's."""
    if not text:
        return None
    return UUID(text) if _HEX.fullmatch(text) else UUID(int=0)
