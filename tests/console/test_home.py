"""The first page of the console."""

import pytest

from hirewire.accounts.model import RegisterPerson
from tests.console.world import ConsoleWorld, Visitor

NOTICE = "Your address eve@example.com is not verified yet"


class TestAddress:
    @pytest.mark.fidelity("console.home.unverified")
    async def test_is_said_to_be_unverified_until_it_is(self, console: ConsoleWorld) -> None:
        """
        Who signed up reads what they cannot do yet; who was verified or registered does not.
        """
        ada = await console.admin()
        accounts = console.accounts.accounts
        command = RegisterPerson(name="Eve", email="eve@example.com", email_verified=False)
        async with console.database.unit() as uow:
            person = await accounts.register_person(uow, command)
            new = await console.sessions.begin(uow, person.id)
        eve = Visitor(console.browser(), person)
        eve.http.cookies.set("hirewire_session", new.text)

        before = await eve.page("/console")
        async with console.database.unit() as uow:
            await accounts.verify_email(uow, person.id)
        after = await eve.page("/console")

        assert NOTICE in before
        assert NOTICE not in after
        assert "is not verified" not in await ada.page("/console")
