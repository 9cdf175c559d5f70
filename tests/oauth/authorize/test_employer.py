"""The employer picker: who is offered, who can be picked, and what the app hears of it."""

import httpx
import pytest

from tests.oauth.authorize.world import SCOPES, Office, Visitor, answered, offered, shown


async def open_picker(visitor: Visitor) -> httpx.Response:
    """Come with a request that has the person pick, and load the page."""
    return await visitor.settle(await visitor.begin(prompt="select_employer"))


class TestPicker:
    @pytest.mark.fidelity("authorize.select-employer", "authorize.employer-in-callback")
    async def test_tells_the_app_who_was_picked(self, office: Office) -> None:
        """
        The callback carries the employer's id.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        page = await open_picker(visitor)
        picked = await visitor.send(page, employer=office.clinic.id.hex, answer="continue")
        landed = await visitor.go(picked.headers["location"])

        assert offered(page.text, "employer") == [office.hotels.id.hex, office.clinic.id.hex]
        assert "Employer 301" in page.text
        assert "Recruiter · IE" in page.text
        assert " checked" not in page.text
        assert answered(landed)["employer"] == office.clinic.id.hex

    @pytest.mark.fidelity("authorize.no-employer")
    async def test_lets_people_without_employers_go_on(self, office: Office) -> None:
        """
        Who acts for nobody goes on, and the callback has no employer.
        """
        await office.allow(*SCOPES, person=office.noor)
        visitor = await office.signed_in(office.noor)

        page = await open_picker(visitor)
        picked = await visitor.send(page, answer="continue")
        landed = await visitor.go(picked.headers["location"])

        assert "Continue without an employer" in page.text
        assert set(answered(landed)) == {"code", "state", "iss"}

    async def test_takes_the_only_one_for_granted(self, office: Office) -> None:
        """
        The only employer is chosen already, and can be left at that.
        """
        await office.leave(office.rui, office.hotels)
        visitor = await office.signed_in()

        page = await open_picker(visitor)

        assert f'value="{office.clinic.id.hex}" checked' in page.text

    @pytest.mark.fidelity("authorize.only-own-employers")
    @pytest.mark.parametrize("picked", ["", "owner", "nobody", "0" * 32, "f" * 32])
    async def test_takes_none_but_the_persons_own(self, office: Office, picked: str) -> None:
        """
        Another's employer, nonsense and nothing at all are not picked.
        """
        visitor = await office.signed_in()
        page = await open_picker(visitor)
        named = office.owner.id.hex if picked == "owner" else picked

        again = await visitor.send(page, employer=named, answer="continue")

        shown(again, 400, "Pick one of your employers.")
        assert offered(again.text, "employer") == offered(page.text, "employer")
        assert await office.codes() == []

    @pytest.mark.fidelity("authorize.only-own-employers")
    async def test_takes_no_employer_that_the_person_has_left(self, office: Office) -> None:
        """
        Membership is asked when the form comes back, not when the page was made.
        """
        visitor = await office.signed_in()
        page = await open_picker(visitor)
        await office.leave(office.rui, office.clinic)

        again = await visitor.send(page, employer=office.clinic.id.hex, answer="continue")

        shown(again, 400, "Pick one of your employers.")

    @pytest.mark.fidelity("authorize.only-own-employers")
    async def test_asks_again_when_the_picked_one_is_lost(self, office: Office) -> None:
        """
        Who leaves the employer while consenting picks again.
        """
        visitor = await office.signed_in()
        page = await open_picker(visitor)
        picked = await visitor.send(page, employer=office.clinic.id.hex, answer="continue")
        consent = await visitor.go(picked.headers["location"])
        await office.leave(office.rui, office.clinic)

        sent = await visitor.send(consent, scope=["email"], answer="allow")
        again = await visitor.go(sent.headers["location"])

        assert "to work for Employer 302." in consent.text
        assert offered(again.text, "employer") == [office.hotels.id.hex]
        assert await office.codes() == []

    async def test_can_be_answered_anew_with_the_back_button(self, office: Office) -> None:
        """
        Who goes back from consent to the picker picks another.
        """
        visitor = await office.signed_in()
        page = await open_picker(visitor)
        await visitor.send(page, employer=office.clinic.id.hex, answer="continue")

        picked = await visitor.send(page, employer=office.hotels.id.hex, answer="continue")
        consent = await visitor.go(picked.headers["location"])
        landed = await visitor.send(consent, scope=["email"], answer="allow")

        assert answered(landed)["employer"] == office.hotels.id.hex

    @pytest.mark.fidelity("authorize.cancel")
    async def test_can_be_cancelled(self, office: Office) -> None:
        """
        The app hears that access was denied.
        """
        visitor = await office.signed_in()
        page = await open_picker(visitor)

        landed = await visitor.send(page, answer="cancel")

        assert answered(landed)["error"] == "access_denied"
        assert (await office.codes(), await office.waiting()) == ([], 0)
