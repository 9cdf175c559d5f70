"""One authorization request on its way through the steps."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from hirewire.accounts.model import App
from hirewire.oauth.authorize.parameters import Parameters
from hirewire.oauth.authorize.request import AuthorizationRequest, Prompt
from hirewire.web.bearer import VerifyingKey


@dataclass(slots=True, kw_only=True)
class Asking:
    """
    An app's request, and what the steps have settled about it so far.

    *app* and *redirect_uri* are proven already. *find_key* finds our own keys, which ID token
    hints are signed with. *proof_key* is known before the steps where a proof was sent along.
    """

    parameters: Parameters
    app: App
    redirect_uri: str
    issuer: str
    find_key: Callable[[str], VerifyingKey | None]
    was_pushed: bool = False
    proof_key: str | None = None

    state: str | None = field(default=None, repr=False)
    nonce: str | None = field(default=None, repr=False)
    scopes: frozenset[str] = frozenset()
    code_challenge: str | None = None
    prompts: frozenset[Prompt] = frozenset()
    max_age_s: int | None = None
    login_hint: str = ""
    hinted_person_id: UUID | None = None

    def settled(self) -> AuthorizationRequest:
        """Say what it all came to."""
        return AuthorizationRequest(
            app_id=self.app.id,
            redirect_uri=self.redirect_uri,
            scopes=self.scopes,
            state=self.state,
            nonce=self.nonce,
            code_challenge=self.code_challenge,
            prompts=self.prompts,
            max_age_s=self.max_age_s,
            login_hint=self.login_hint,
            hinted_person_id=self.hinted_person_id,
            proof_key=self.proof_key,
        )


Step: TypeAlias = Callable[[Asking], None]
