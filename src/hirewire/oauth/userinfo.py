"""`/v2/api/userinfo`: who granted the token (contract 5; OpenID Connect Core, section 5.3)."""

from typing import Final

from hirewire.accounts.model import Employer, Person
from hirewire.accounts.service import Accounts
from hirewire.kit.caller import Caller, NoPerson, Unauthenticated
from hirewire.runtime.db.database import Reader

PATH: Final = "/v2/api/userinfo"

_EMAIL: Final = "email"
_EMPLOYER_ACCESS: Final = "employer_access"


async def describe_person(
    reader: Reader, accounts: Accounts, caller: Caller
) -> dict[str, object]:
    """
    Tell of the person what the token's scopes allow: address, and employers.

    Raises:
        NoPerson: the token is an app's own.
        Unauthenticated: the person is no more.
    """
    if caller.person_id is None:
        raise NoPerson
    person = await accounts.person(reader, caller.person_id)
    if person is None:
        raise Unauthenticated(reason="The access token speaks of nobody that we know.")
    told: dict[str, object] = {"sub": person.id.hex}
    if _EMAIL in caller.scopes:
        told |= email_claims(person)
    if _EMPLOYER_ACCESS in caller.scopes:
        told["employers"] = spell_employers(
            await accounts.employers_of_person(reader, person.id)
        )
    return told


def email_claims(person: Person) -> dict[str, object]:
    """Spell an address as claims, with whether it is known to be the person's."""
    return {"email": person.email, "email_verified": person.email_verified}


def spell_employers(employers: list[Employer]) -> list[dict[str, str]]:
    """Spell employers as userinfo and appinfo list them; *id* is what `employer` takes."""
    return [{"id": employer.id.hex, "name": employer.name} for employer in employers]
