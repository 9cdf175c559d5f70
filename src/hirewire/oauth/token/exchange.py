"""One token request on its way through the steps."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from hirewire.accounts.model import App, GrantType
from hirewire.accounts.service import Accounts
from hirewire.oauth.errors import InvalidRequest
from hirewire.runtime.db.database import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPolicy:
    """
    What the settings say about tokens.

    With *employer_access_required* a token represents an employer only if the scope
    `employer_access` was asked for, as seed 003 has it; real clients leave it out, so the
    `employer` parameter alone is enough by default (contract 0, item 4).
    """

    issuer: str
    lifetime_s: int = 3600
    employer_access_required: bool = False


@dataclass(slots=True, kw_only=True)
class Exchange:
    """
    A token request, and what the steps have settled about it so far.

    *reader* is a look at the database first, and the unit of work once the app is known.
    """

    parameters: dict[str, str]
    authorization: tuple[str, ...]
    accounts: Accounts
    policy: TokenPolicy
    reader: Reader

    grant_type: GrantType = field(init=False)
    app: App = field(init=False)
    employer_id: UUID | None = None
    scopes: frozenset[str] = frozenset()

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
