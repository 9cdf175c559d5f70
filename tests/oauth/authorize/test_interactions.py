"""Interactions: one browser, one hour, one person, one end."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from hirewire.oauth.authorize.prune import prune_pushed_requests, prune_requests
from tests.oauth.authorize.world import (
    AUTHORIZE,
    CALLBACK,
    MOST_AT_ONCE,
    Office,
    answered,
    offered,
    shown,
)

OVER = "This page was answered already, has expired, or was opened in another browser."


class TestOneBrowser:
    @pytest.mark.fidelity("authorize.one-browser")
    async def test_shows_nothing_to_another(self, office: Office) -> None:
        """
        Another browser learns nothing, also with the same person in it, nor ends anything.
        """
        visitor = await office.signed_in()
        other = await office.signed_in()
        new = office.visitor()
        path = await visitor.begin()
        await other.begin()

        seen = [await other.go(path), await new.go(path)]
        page = await visitor.go(path)

        for response in seen:
            shown(response, 404, OVER)
            assert "Harbor" not in response.text
        assert page.status_code == 200

    @pytest.mark.fidelity("authorize.one-browser")
    async def test_takes_no_answer_of_another(self, office: Office) -> None:
        """
        A form of one browser is not answered from another.
        """
        visitor = await office.signed_in()
        other = await office.signed_in()
        page = await visitor.go(await visitor.begin())
        own_page = await other.go(await other.begin())

        forged = await other.send(page, answer="allow")
        crossed = await other.http.post(
            _action(page), data={"csrf": _csrf(own_page), "question": "consent"}
        )

        shown(forged, 403, "This form does not come from the page")
        shown(crossed, 404, OVER)
        assert await office.codes() == []

    @pytest.mark.fidelity("authorize.csrf")
    @pytest.mark.parametrize(
        "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}]
    )
    async def test_takes_no_answer_from_another_site(
        self, office: Office, headers: dict[str, str]
    ) -> None:
        """
        The page of another site cannot answer for the person.
        """
        visitor = await office.signed_in()
        page = await visitor.go(await visitor.begin())
        form = {"csrf": _csrf(page), "question": "consent", "answer": "allow"}

        crossed = await visitor.http.post(_action(page), data=form, headers=headers)
        without = await visitor.http.post(_action(page), data=form | {"csrf": ""})

        shown(crossed, 403, "This form does not come from the page")
        shown(without, 403, "This form does not come from the page")
        assert await office.codes() == []

    @pytest.mark.parametrize("name", ["nonsense", "0" * 32, "A" * 32, "0" * 31])
    async def test_knows_no_other_names(self, office: Office, name: str) -> None:
        """
        What is no interaction's id is over, as far as anybody is told.
        """
        visitor = await office.signed_in()
        await visitor.begin()

        response = await visitor.go(f"{AUTHORIZE}/{name}")

        shown(response, 404, OVER)


class TestOneEnd:
    @pytest.mark.fidelity("authorize.once")
    async def test_gives_one_code_to_two_answers(self, office_on_each: Office) -> None:
        """
        Of two answers sent at the same moment one gets a code; the other hears that it is over.
        """
        office = office_on_each
        visitor = await office.signed_in()
        page = await visitor.go(await visitor.begin())

        responses = await asyncio.gather(
            *(visitor.send(page, scope=["email"], answer="allow") for _ in range(5))
        )

        assert sorted(response.status_code for response in responses) == [303, *[404] * 4]
        assert len(await office.codes()) == 1

    @pytest.mark.fidelity("authorize.once")
    async def test_is_over_for_the_back_button(self, office: Office) -> None:
        """
        Who goes back after the end reads so, and can neither answer nor cancel.
        """
        visitor = await office.signed_in()
        path = await visitor.begin()
        page = await visitor.go(path)
        await visitor.send(page, scope=[], answer="allow")

        back = await visitor.go(path)
        again = await visitor.send(page, answer="cancel")

        shown(back, 404, OVER)
        shown(again, 404, OVER)
        assert len(await office.codes()) == 1

    @pytest.mark.fidelity("authorize.one-hour")
    async def test_is_over_after_an_hour(self, office: Office) -> None:
        """
        Nobody answers a request of an hour ago.
        """
        visitor = await office.signed_in()
        path = await visitor.begin()
        page = await visitor.go(path)

        await office.clock.advance(timedelta(minutes=59, seconds=59))
        in_time = await visitor.go(path)
        await office.clock.advance(timedelta(seconds=1))
        late = await visitor.go(path)
        too_late = await visitor.send(page, answer="allow")

        assert in_time.status_code == 200
        shown(late, 404, OVER)
        shown(too_late, 404, OVER)
        assert await office.codes() == []


class TestOnePerson:
    @pytest.mark.fidelity("authorize.one-person")
    async def test_starts_over_for_somebody_else(self, office: Office) -> None:
        """
        Whoever signs in half-way answers every question, and for themselves.
        """
        visitor = await office.signed_in()
        path = await visitor.begin(prompt="select_employer")
        picker = await visitor.go(path)
        await visitor.send(picker, employer=office.hotels.id.hex, answer="continue")
        consent = await visitor.go(path)

        await visitor.sign_in(office.noor)
        stale = await visitor.send(consent, scope=["email"], answer="allow")
        anew = await visitor.settle(path)
        await visitor.send(anew, answer="continue")
        landed = await visitor.send(await visitor.go(path), scope=["email"], answer="allow")

        shown(stale, 403, "This form does not come from the page")
        assert "Noor Haddad" in anew.text
        assert offered(anew.text, "employer") == []
        assert "employer" not in answered(landed)
        assert await office.granted() is None
        assert await office.granted(office.noor) == frozenset()

    @pytest.mark.fidelity("authorize.one-person")
    async def test_takes_no_answer_before_it_has_started_over(self, office: Office) -> None:
        """
        The first answer of somebody else leads to the page, whatever it says.
        """
        visitor = await office.signed_in()
        path = await visitor.begin()
        await visitor.sign_in(office.noor)
        own = await visitor.settle(await visitor.begin())

        sent = await visitor.http.post(
            path, data={"csrf": _csrf(own), "question": "consent", "answer": "allow"}
        )

        assert (sent.status_code, sent.headers["location"]) == (303, path)
        assert await office.codes() == []

    async def test_has_them_sign_in_who_signed_out(self, office: Office) -> None:
        """
        Who is signed out half-way signs in again, and goes on.
        """
        visitor = await office.signed_in()
        path = await visitor.begin()
        page = await visitor.go(path)
        visitor.http.cookies.delete("hirewire_session")

        seen = await visitor.go(path)
        sent = await visitor.send(page, answer="allow")

        assert seen.headers["location"].startswith("/sign-in?next=")
        shown(sent, 403, "This form does not come from the page")


class TestApp:
    @pytest.mark.fidelity("authorize.app-rechecked")
    async def test_is_told_what_it_lost_meanwhile(self, office: Office) -> None:
        """
        A scope that was withdrawn from the app ends its requests.
        """
        visitor = await office.signed_in()
        path = await visitor.begin()
        page = await visitor.go(path)
        await office.change_app(scopes=frozenset({"email"}))

        sent = await visitor.send(page, scope=["employer_access"], answer="allow")

        assert answered(sent)["error"] == "invalid_scope"
        assert (await office.codes(), await office.waiting()) == ([], 0)

    @pytest.mark.fidelity("authorize.app-rechecked")
    async def test_is_told_nothing_where_it_is_no_more(self, office: Office) -> None:
        """
        A redirect URI that was removed gets neither code nor refusal.
        """
        visitor = await office.signed_in()
        path = await visitor.begin()
        page = await visitor.go(path)
        await office.change_app(redirect_uris=(CALLBACK + "/new",))

        responses = [await visitor.go(path), await visitor.send(page, answer="allow")]

        for response in responses:
            shown(response, 400, "is not one of those that the app registered")
        assert await office.codes() == []


class TestBounds:
    @pytest.mark.fidelity("authorize.bounded")
    async def test_so_many_are_begun_from_one_place(self, office: Office) -> None:
        """
        Somebody who begins more than anybody would is told to wait; others are not.
        """
        visitor = await office.signed_in()
        responses: list[httpx.Response] = []
        responses.extend([await visitor.ask() for _ in range(MOST_AT_ONCE + 1)])

        statuses = [response.status_code for response in responses]
        assert statuses == [303] * MOST_AT_ONCE + [429]
        assert responses[-1].headers["retry-after"] == "1"
        assert await office.waiting() == MOST_AT_ONCE

    async def test_a_request_with_nothing_to_ask_is_not_counted(self, office: Office) -> None:
        """
        What leaves nothing behind is not limited: who consented is answered at once.
        """
        await office.allow("email")
        visitor = await office.signed_in()

        responses = [await visitor.ask(scope="email") for _ in range(MOST_AT_ONCE + 5)]

        assert {response.status_code for response in responses} == {302}

    @pytest.mark.fidelity("authorize.bounded")
    async def test_expired_ones_are_removed(self, office_on_each: Office) -> None:
        """
        Housekeeping removes what is over, in batches, and leaves what is not.
        """
        office = office_on_each
        visitor = office.visitor()
        for _ in range(3):
            await visitor.begin()
        await office.clock.advance(timedelta(minutes=30))
        path = await visitor.begin()
        await office.clock.advance(timedelta(minutes=30))

        async with office.database.unit() as uow:
            removed = [await prune_requests(uow, 2), await prune_requests(uow, 2)]
            pushed = await prune_pushed_requests(uow, 2)

        assert (removed, pushed) == ([2, 1], 0)
        assert await office.waiting() == 1
        assert (await visitor.go(path)).status_code == 303


def _csrf(page: httpx.Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]


def _action(page: httpx.Response) -> str:
    return page.text.split('<form method="post" action="')[1].split('"', maxsplit=1)[0]
