"""Who comes into a lobby, when, and what others see of them."""

from datetime import timedelta

import pytest

from hirewire.interviews.model import MediaType
from hirewire.web.pages.scripts import LIVE
from tests.interviews.lobby.world import ADA, BEN, CANDIDATE, LobbyWorld, Visitor

TOLD_NOTHING = ("Mountain guide", "Casey", "Vienna", CANDIDATE, ADA)


class TestDoor:
    @pytest.mark.fidelity("lobby.unknown-token")
    async def test_tells_nothing_at_an_unknown_token(self, lobby: LobbyWorld) -> None:
        """A token that opens nothing finds a page that is not there."""
        answer = await lobby.browser().get("/lobby/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")

        assert answer.status_code == 404
        assert all(word not in answer.text for word in TOLD_NOTHING)

    @pytest.mark.parametrize("token", ["%00", "a%ED%A0%80b", "%22", "A" * 5000])
    @pytest.mark.parametrize("below", ["", "/events"])
    async def test_tells_nothing_at_what_is_no_token(
        self, lobby_on_each: LobbyWorld, token: str, below: str
    ) -> None:
        """Text that no database would look up finds what any other finds that opens nothing."""
        answer = await lobby_on_each.browser().get(f"/lobby/{token}{below}")

        assert answer.status_code == 404

    @pytest.mark.fidelity("lobby.interviewer.signs-in")
    async def test_offers_interviewers_to_sign_in_or_up(self, lobby: LobbyWorld) -> None:
        """Nobody is signed in: both ways lead back here, and nothing is told of the event."""
        path = f"/lobby/{lobby.interview.lobby_token}"

        answer = await lobby.browser().get(path)

        onward = path.replace("/", "%2F")
        assert answer.status_code == 200
        assert f"/sign-in?next={onward}" in answer.text
        assert f"/sign-up?next={onward}" in answer.text
        assert all(word not in answer.text for word in TOLD_NOTHING)

    @pytest.mark.fidelity("lobby.interviewer.on-the-list")
    async def test_turns_strangers_away(self, lobby: LobbyWorld) -> None:
        """Who is signed in and not invited learns nothing but that."""
        stranger = await lobby.host("stranger@example.com")

        answer = await stranger.look()

        assert answer.status_code == 403
        assert "not one of them" in answer.text
        assert all(word not in answer.text for word in TOLD_NOTHING)

    @pytest.mark.fidelity("lobby.interviewer.verified")
    async def test_turns_unconfirmed_addresses_away(self, lobby: LobbyWorld) -> None:
        """An account under an interviewer's address is none until the address is confirmed."""
        http = await lobby.signed_in(ADA, verified=False)

        answer = await http.get(f"/lobby/{lobby.interview.lobby_token}")

        assert answer.status_code == 403
        assert "Confirm the e-mail address" in answer.text
        assert all(word not in answer.text.replace(ADA, "") for word in TOLD_NOTHING)

    @pytest.mark.fidelity("lobby.headers")
    async def test_lets_only_our_script_run(self, lobby: LobbyWorld) -> None:
        """The page's policy has our own origin's script, and nothing is stored or referred."""
        answer = await (await lobby.host()).look()

        assert answer.headers["content-security-policy"] == LIVE["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


class TestWindow:
    @pytest.mark.parametrize(
        ("minutes", "status", "said"),
        [
            (-15.1, 200, "You are early"),
            (-15, 200, "Who is here"),
            (179.9, 200, "Who is here"),
            (180, 410, "This interview is over"),
        ],
    )
    @pytest.mark.fidelity("lobby.window")
    async def test_is_open_around_the_interview(
        self, lobby: LobbyWorld, minutes: float, status: int, said: str
    ) -> None:
        """From 15 minutes before the start to 2 hours after the end, to the moment."""
        later = await lobby.schedule(lobby.clock.now() + timedelta(hours=10))
        await lobby.clock.move_to(later.starts_at + timedelta(minutes=minutes))
        host = await lobby.host(interview=later)

        answer = await host.look()

        assert (answer.status_code, said in answer.text) == (status, True)

    @pytest.mark.fidelity("lobby.early")
    async def test_says_the_local_time_to_who_is_early(self, lobby: LobbyWorld) -> None:
        """The interviewee reads when it begins where it takes place; the page looks again."""
        later = await lobby.schedule(lobby.clock.now() + timedelta(hours=10))

        page = await lobby.guest(later).page()

        assert "Monday, 2 March 2026, 20:00 (Europe/Vienna)" in page
        assert '<meta http-equiv="refresh" content="300">' in page

    @pytest.mark.fidelity("lobby.canceled")
    async def test_says_that_it_was_canceled(self, lobby: LobbyWorld) -> None:
        """A canceled interview has no lobby, for either side."""
        await lobby.cancel()

        for visitor in (await lobby.host(), lobby.guest()):
            answer = await visitor.look()
            assert answer.status_code == 410
            assert "This interview was canceled" in answer.text

    @pytest.mark.parametrize("offset", [timedelta(hours=-2), timedelta(hours=3)])
    @pytest.mark.fidelity("lobby.window")
    async def test_takes_nothing_while_it_is_closed(
        self, lobby: LobbyWorld, offset: timedelta
    ) -> None:
        """A form sent too early or too late changes nothing, whatever page it is from."""
        later = await lobby.schedule(lobby.clock.now() + timedelta(hours=10))
        open_door, closed_door = lobby.guest(), lobby.guest(later)
        csrf = {"csrf": await token_of(open_door)}
        await lobby.clock.move_to(later.starts_at + offset)

        answer = await open_door.http.post(
            f"{closed_door.path}/knock", data=csrf | {"name": "Casey"}
        )

        assert answer.status_code in {200, 410}
        assert "interviewee_knocked" not in await lobby.told()


class TestKnocking:
    @pytest.mark.fidelity("lobby.knock")
    async def test_knocks_waits_and_is_admitted(self, lobby: LobbyWorld) -> None:
        """An interviewee needs a name and no account; an interviewer lets them in."""
        host, guest = await lobby.host(), lobby.guest()
        await host.look()

        await guest.knock("Casey")
        waiting = await guest.page()
        seen = await host.page()
        await host.decide()
        inside = await guest.page()

        assert "You knocked, Casey" in waiting
        assert "<strong>Casey</strong> asks to come in" in seen
        assert "You are in, Casey" in inside
        assert await lobby.told() == [
            "interviewee_knocked",
            "interviewee_admitted",
            "session_began",
        ]

    @pytest.mark.fidelity("lobby.decline")
    async def test_may_knock_again_half_a_minute_after_a_no(self, lobby: LobbyWorld) -> None:
        """Who is declined is told so, and can knock again, but not at once."""
        host, guest = await lobby.host(), lobby.guest()
        await guest.knock()
        await host.decide("decline")

        declined = await guest.page()
        at_once = await guest.knock()
        await lobby.clock.advance(timedelta(seconds=30))
        later = await guest.knock()

        assert "did not let you in" in declined
        assert (at_once.status_code, at_once.headers["retry-after"]) == (429, "30")
        assert later.status_code == 303
        assert await lobby.told() == [
            "interviewee_knocked",
            "interviewee_declined",
            "interviewee_knocked",
        ]

    @pytest.mark.fidelity("lobby.knock.limited")
    async def test_limits_knocks_from_many_browsers(self, lobby: LobbyWorld) -> None:
        """A link that has leaked knocks five times a minute, and no more."""
        answers = [await lobby.guest().knock() for _ in range(6)]

        told = await lobby.told()
        await lobby.clock.advance(timedelta(minutes=1))
        later = await lobby.guest().knock()

        assert [answer.status_code for answer in answers] == [303] * 5 + [429]
        assert told == ["interviewee_knocked"] * 5
        assert later.status_code == 303

    @pytest.mark.fidelity("lobby.knock.limited")
    async def test_limits_knocks_from_one_browser(self, lobby_on_each: LobbyWorld) -> None:
        """Leaving and being declined save no knock: each of a minute counts."""
        lobby = lobby_on_each
        host, guest = await lobby.host(), lobby.guest()
        answers = [await guest.knock()]
        await host.decide("decline")
        await lobby.clock.advance(timedelta(seconds=30))
        answers.append(await guest.knock())
        for _ in range(4):
            await guest.send("leave")
            answers.append(await guest.knock())

        told = await lobby.told()
        await lobby.clock.advance(timedelta(seconds=30))
        later = await guest.knock()

        assert [answer.status_code for answer in answers] == [303] * 5 + [429]
        assert answers[-1].headers["retry-after"] == "60"
        assert told.count("interviewee_knocked") == 5
        assert later.status_code == 303

    @pytest.mark.fidelity("lobby.knock")
    async def test_stays_in_when_another_window_knocks(self, lobby: LobbyWorld) -> None:
        """Who was admitted meanwhile and knocks from an old page is in, and rings nobody."""
        _, guest = await lobby.session()
        before = await lobby.told()

        await guest.knock("Robin")

        assert "You are in" in await guest.page()
        assert await lobby.told() == before

    @pytest.mark.fidelity("lobby.knock")
    async def test_waits_on_under_another_name(self, lobby: LobbyWorld) -> None:
        """Who waits and knocks once more corrects the name, keeps the place, and rings once."""
        host, guest = await lobby.host(), lobby.guest()
        await guest.knock("Cassy")
        await lobby.clock.advance(timedelta(seconds=20))
        await lobby.guest().knock("Robin")

        await guest.knock("Casey")

        seen = await host.page()
        assert "Cassy" not in seen
        assert seen.index("<strong>Casey</strong>") < seen.index("<strong>Robin</strong>")
        assert await lobby.told() == ["interviewee_knocked"] * 2

    @pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "a\u202eb"])
    @pytest.mark.fidelity("lobby.knock")
    async def test_asks_again_for_a_name(self, lobby: LobbyWorld, name: str) -> None:
        """What is no name gets the form back, and nobody has knocked."""
        answer = await lobby.guest().knock(name)

        assert answer.status_code == 400
        assert "Enter your name" in answer.text
        assert await lobby.told() == []

    @pytest.mark.fidelity("lobby.cookie")
    async def test_keeps_the_guest_in_a_cookie_of_its_own(self, lobby: LobbyWorld) -> None:
        """No script reads it, it ends with the lobby, and only a digest of it is stored."""
        answer = await lobby.guest().knock()

        (cookie,) = answer.headers.get_list("set-cookie")
        assert cookie.startswith("hirewire_lobby_")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert f"Max-Age={190 * 60}" in cookie
        async with lobby.database.read() as reader:
            digest = await reader.value("SELECT digest FROM lobby_guests")
        assert len(digest) == 32
        assert cookie.partition("=")[2].partition(";")[0].encode() not in digest

    @pytest.mark.fidelity("lobby.privacy")
    async def test_shows_nobody_the_address_of_the_interviewee(self, lobby: LobbyWorld) -> None:
        """Neither side's page has an address, of anybody."""
        host, guest = await lobby.session()

        pages = await host.page() + await guest.page()

        assert "Casey" in pages
        assert not [each for each in (CANDIDATE, ADA, BEN) if each in pages]

    @pytest.mark.parametrize(
        ("media_type", "said"),
        [(MediaType.VIDEO, "by video"), (MediaType.PHONE, "by phone")],
    )
    @pytest.mark.fidelity("lobby.meeting")
    async def test_says_how_they_meet(
        self, lobby: LobbyWorld, media_type: MediaType, said: str
    ) -> None:
        """Inside, the page says by what the interview takes place, and no more."""
        other = await lobby.schedule(lobby.interview.starts_at, media_type=media_type)
        host, guest = await lobby.host(interview=other), lobby.guest(other)
        await guest.knock()
        await host.decide()

        page = await guest.page()

        assert f"This interview takes place {said}." in page
        assert "<video" not in page


class TestRights:
    @pytest.mark.fidelity("lobby.csrf")
    async def test_takes_forms_of_its_own_pages_only(self, lobby: LobbyWorld) -> None:
        """Without the page's token every form is refused, and nothing is told."""
        host, guest = await lobby.host(), lobby.guest()

        for visitor, where in (
            (guest, "knock"),
            (host, "admit"),
            (host, "decline"),
            (host, "leave"),
        ):
            answer = await visitor.http.post(f"{visitor.path}/{where}", data={"name": "x"})
            assert answer.status_code == 403, where
        assert await lobby.told() == []

    @pytest.mark.fidelity("lobby.role-bound")
    async def test_binds_tokens_to_roles(self, lobby: LobbyWorld) -> None:
        """The interviewee's link admits nobody, and the interviewers' does not knock."""
        host, guest = await lobby.host(), lobby.guest()
        await guest.knock()
        async with lobby.database.read() as reader:
            guest_id = await reader.value("SELECT id FROM lobby_guests")

        admitted = await guest.send("admit", guest=str(guest_id))
        knocked = await host.send("knock", name="Ada")

        assert (admitted.status_code, knocked.status_code) == (404, 404)
        assert await lobby.told() == ["interviewee_knocked"]

    @pytest.mark.fidelity("lobby.guest.of-another")
    async def test_admits_nobody_of_another_lobby(self, lobby: LobbyWorld) -> None:
        """Who waits at another interview's lobby is not found, nor is what is no id."""
        other = await lobby.schedule(lobby.interview.starts_at)
        host = await lobby.host()
        await lobby.guest(other).knock()
        async with lobby.database.read() as reader:
            guest_id = await reader.value("SELECT id FROM lobby_guests")

        answers = [await host.send("admit", guest=text) for text in (str(guest_id), "x", "")]

        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert "interviewee_admitted" not in await lobby.told()

    @pytest.mark.fidelity("lobby.interviewer.on-the-list")
    async def test_asks_anew_who_admits(self, lobby: LobbyWorld) -> None:
        """A stranger's form is refused although they hold the link and the guest's id."""
        await lobby.guest().knock()
        stranger = Visitor(await lobby.signed_in("stranger@example.com"), "")
        csrf = await token_of(Visitor(stranger.http, lobby.guest().path))
        async with lobby.database.read() as reader:
            guest_id = await reader.value("SELECT id FROM lobby_guests")

        answer = await stranger.http.post(
            f"/lobby/{lobby.interview.lobby_token}/admit",
            data={"csrf": csrf, "guest": str(guest_id)},
        )

        assert answer.status_code == 403
        assert await lobby.told() == ["interviewee_knocked"]

    @pytest.mark.fidelity("lobby.admit.twice")
    async def test_admits_once(self, lobby: LobbyWorld) -> None:
        """Two interviewers press at once: one admission is told, and both see the guest in."""
        ada, ben, guest = await lobby.host(ADA), await lobby.host(BEN), lobby.guest()
        await guest.knock()
        async with lobby.database.read() as reader:
            guest_id = await reader.value("SELECT id FROM lobby_guests")

        answers = [await each.send("admit", guest=str(guest_id)) for each in (ada, ben)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert (await lobby.told()).count("interviewee_admitted") == 1


async def token_of(visitor: Visitor) -> str:
    """Read the token of the forms on a page."""
    text = (await visitor.look()).text
    return text.partition('name="csrf" value="')[2].partition('"')[0]
