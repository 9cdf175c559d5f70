"""The way of a request: asked, signed in, employer picked, consented, answered."""

import pytest

from tests.oauth.authorize.world import (
    BASE,
    Office,
    answered,
    offered,
    ticked,
)


class TestWholeWay:
    @pytest.mark.fidelity(
        "authorize.code", "authorize.iss", "authorize.employer-in-callback", "authorize.partial"
    )
    async def test_leads_to_a_code(self, office_on_each: Office) -> None:
        """
        Somebody comes signed out, signs in, picks an employer, drops a scope, and lands.
        """
        office = office_on_each
        visitor = office.visitor()

        path = await visitor.begin(prompt="select_employer")
        to_sign_in = await visitor.go(path)
        await visitor.sign_in(office.rui)
        picker = await visitor.settle(path)
        picked = await visitor.send(picker, employer=office.hotels.id.hex, answer="continue")
        consent = await visitor.settle(picked.headers["location"])
        landed = await visitor.send(
            consent, scope=["employer_access", "offline_access"], answer="allow"
        )

        assert to_sign_in.headers["location"] == f"/sign-in?next={path.replace('/', '%2F')}"
        assert offered(picker.text, "employer") == [office.hotels.id.hex, office.clinic.id.hex]
        assert ticked(consent.text) == [
            "employer_access",
            "interviews.schedule",
            "offline_access",
        ]
        told = answered(landed)
        assert list(told) == ["code", "state", "iss", "employer"]
        assert (told["state"], told["iss"]) == ("xyz", BASE)
        assert told["employer"] == office.hotels.id.hex
        assert await office.codes() == [
            ("employer_access offline_access", office.hotels.id.hex)
        ]
        assert await office.granted() == frozenset({"employer_access", "offline_access"})
        assert await office.waiting() == 0
