"""One token request on its way through the steps."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from hirewire.accounts.model import App, GrantType, Person
from hirewire.accounts.service import Accounts
from hirewire.oauth.assertions import Assertions
from hirewire.oauth.errors import GrantFault, InvalidRequest
from hirewire.oauth.grants.model import Family
from hirewire.oauth.grants.service import Grants
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.dpop import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPolicy:
    """
    What the settings say about tokens.

    *url* is how callers reach the token endpoint, which is what DPoP proofs name. With
    *employer_access_required* a token represents an employer only if the scope
    `employer_access` was asked for, as seed 003 has it; real clients leave it out, so the
    `employer` parameter alone is enough by default (contract 0, item 4).
    """

    issuer: str
    url: str
    lifetime_s: int = 3600
    employer_access_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the steps go through: who there is, what was allowed, and how apps sign."""

    accounts: Accounts
    grants: Grants
    assertions: Assertions
    policy: TokenPolicy


@dataclass(slots=True, kw_only=True)
class Exchange:
    """
    A token request, and what the steps have settled about it so far.

    A *fault* is a refusal that has had its effect, which is to be committed first. *family*,
    *person* and *refresh_token* are None where no person is involved.
    """

    parameters: dict[str, str]
    is_json: bool = False
    authorization: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    now: datetime
    doors: Doors

    uow: UnitOfWork = field(init=False)
    grant_type: GrantType = field(init=False)
    app: App = field(init=False)
    proof: Proof | None = None
    fault: GrantFault | None = None
    family: Family | None = None
    person: Person | None = None
    refresh_token: str | None = field(default=None, repr=False)
    employer_id: UUID | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def proof_key(self) -> str | None:
        """The thumbprint of the key that the tokens are to be bound to, if any."""
        return None if self.proof is None else self.proof.key

    def needs(self, name: str) -> str:
        """
        Take a parameter that has to be there.

        Raises:
            InvalidRequest: it is not.
        """
        value = self.parameters.get(name)
        if value is None:
            raise InvalidRequest(reason=f"The parameter {name} is missing.")
        return value


Step: TypeAlias = Callable[[Exchange], Awaitable[None]]
