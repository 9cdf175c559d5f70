"""An interaction, and what its person has still to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from hirewire.accounts.sessions import Session
from hirewire.kit.refusals import HirewireError
from hirewire.oauth.authorize.errors import (
    AccountSelectionRequired,
    ConsentRequired,
    LoginRequired,
)
from hirewire.oauth.authorize.request import AuthorizationRequest, Prompt
from hirewire.oauth.scopes import widen

LASTS: Final = timedelta(hours=1)


class Question(StrEnum):
    """What a person can be asked, in the order in which they are."""

    SIGN_IN = "sign_in"
    EMPLOYER = "employer"
    CONSENT = "consent"


REFUSED_UNASKED: Final[Mapping[Question, type[HirewireError]]] = {
    Question.SIGN_IN: LoginRequired,
    Question.EMPLOYER: AccountSelectionRequired,
    Question.CONSENT: ConsentRequired,
}
"""What an app hears that forbade every question (OpenID Connect Core, section 3.1.2.6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """
    A request on its way through the pages of one browser.

    *begun_in* is the session that the browser had when it began. The answers so far are those
    of *person_id*.
    """

    id: UUID
    request: AuthorizationRequest
    begun_at: datetime
    expires_at: datetime
    begun_in: UUID | None = None
    person_id: UUID | None = None
    employer_settled: bool = False
    employer_id: UUID | None = None

    def came_since(self, session: Session) -> bool:
        """
        Tell whether the person signed in for this interaction.

        The sessions are compared as well, as a clock that stands still tells nothing.
        """
        return session.id != self.begun_in and session.authenticated_at >= self.begun_at

    def has_employer_of(self, session: Session) -> bool:
        """Tell whether the person of *session* has said which employer it is for."""
        return self.employer_settled and self.person_id == session.person_id


def next_question(
    request: AuthorizationRequest,
    *,
    now: datetime,
    session: Session | None,
    granted: frozenset[str] | None,
    always_consents: bool = False,
    interaction: Interaction | None = None,
) -> Question | None:
    """
    Say what is to be asked next, or None when nothing is.

    *granted* is what the person of *session* allowed the app before, None for nothing ever;
    with *always_consents* it does not save the question.
    Consent that was asked for is answered in the moment in which the interaction ends, so it
    stays the question until then.

    Raises:
        LoginRequired: the person signed in for this request, as another than the hinted one
            (OpenID Connect Core, section 3.1.2.2).
    """
    if session is None or _has_to_sign_in(request, session, now, interaction):
        return Question.SIGN_IN
    if request.hinted_person_id not in {None, session.person_id}:
        raise LoginRequired
    settled = interaction is not None and interaction.has_employer_of(session)
    if Prompt.SELECT_EMPLOYER in request.prompts and not settled:
        return Question.EMPLOYER
    always = always_consents or Prompt.CONSENT in request.prompts
    if always or not covers(granted, request.scopes):
        return Question.CONSENT
    return None


def covers(granted: frozenset[str] | None, asked: frozenset[str]) -> bool:
    """Tell whether everything *asked* was allowed before; write scopes allow to read."""
    return granted is not None and asked <= widen(granted)


def _has_to_sign_in(
    request: AuthorizationRequest,
    session: Session,
    now: datetime,
    interaction: Interaction | None,
) -> bool:
    """`max_age=0` is `prompt=login` (OpenID Connect Core, section 3.1.2.1)."""
    if interaction is not None and interaction.came_since(session):
        return False
    if Prompt.LOGIN in request.prompts or request.max_age_s == 0:
        return True
    if request.hinted_person_id not in {None, session.person_id}:
        return True
    age = now - session.authenticated_at
    return request.max_age_s is not None and age > timedelta(seconds=request.max_age_s)
