"""Consent, scope by scope: what is offered, what is allowed, what is remembered."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.accounts.model import GrantType
from hirewire.oauth.authorize.consent import allowed, offers, remembered, still_refused
from hirewire.oauth.authorize.interaction import covers
from hirewire.oauth.authorize.words import SCOPES as WORDS
from hirewire.oauth.scopes import KNOWN, widen
from tests.oauth.authorize.world import (
    AUTHORIZE,
    CHALLENGE,
    SCOPES,
    Office,
    answered,
    asking,
    offered,
    ticked,
)

READ = "employer.advertising.campaign.read"
WRITE = "employer.advertising.campaign"

some_scopes = st.frozensets(st.sampled_from(sorted(KNOWN)))


class TestOffers:
    @pytest.mark.fidelity("authorize.words")
    def test_every_scope_has_words(self) -> None:
        """
        No person is asked for a scope by its technical name.
        """
        assert set(WORDS) == KNOWN
        assert len({words.title for words in WORDS.values()}) == len(KNOWN)

    @pytest.mark.fidelity("authorize.pre-ticked")
    def test_are_all_ticked_at_first_and_then_as_they_were(self) -> None:
        """
        At the first time the person takes away; later they find what they left, and what is
        new ticked and marked.
        """
        asked = frozenset({"email", "conversations", "openid"})

        first = offers(asked, None)
        later = offers(asked, frozenset({"email"}), frozenset({"conversations"}))
        other = offers(asked, frozenset({"email"}))

        assert [(offer.scope, offer.is_ticked) for offer in first] == [
            ("email", True),
            ("conversations", True),
        ]
        assert [(offer.is_ticked, offer.is_new) for offer in later] == [
            (True, False),
            (False, False),
        ]
        assert [(offer.is_ticked, offer.is_new) for offer in other] == [
            (True, False),
            (True, True),
        ]
        assert not any(offer.is_new for offer in first)

    @pytest.mark.fidelity("authorize.pre-ticked")
    def test_what_would_bring_back_a_refused_scope_is_not_ticked(self) -> None:
        """
        Whoever refused to let an app read is not taken to let it write.
        """
        asked = frozenset({READ, WRITE})

        found = offers(asked, frozenset(), frozenset({READ}))

        assert [(offer.scope, offer.is_ticked, offer.is_new) for offer in found] == [
            (WRITE, False, True),
            (READ, False, False),
        ]

    @pytest.mark.fidelity("authorize.write-implies-read")
    def test_say_what_comes_with_what(self) -> None:
        """
        The page says that whoever may write may read.
        """
        write, read = offers(frozenset({READ, WRITE}), None)

        assert (write.scope, write.includes) == (WRITE, "See campaigns")
        assert (read.scope, read.included_by) == (READ, "Manage campaigns")


class TestAllowed:
    @pytest.mark.fidelity("authorize.write-implies-read")
    def test_reading_comes_with_writing(self) -> None:
        """
        A ticked write scope brings the read scope along that was asked for with it.
        """
        assert allowed(frozenset({READ, WRITE}), [WRITE]) == frozenset({READ, WRITE})
        assert allowed(frozenset({READ, WRITE}), [READ]) == frozenset({READ})
        assert allowed(frozenset({WRITE}), [WRITE]) == frozenset({WRITE})

    @given(asked=some_scopes, boxes=some_scopes)
    def test_is_never_more_than_was_asked(
        self, asked: frozenset[str], boxes: frozenset[str]
    ) -> None:
        """
        Whatever a form says, the app gets at most what it asked for and what was ticked.
        """
        got = allowed(asked, boxes)

        assert got <= asked
        assert got - {"openid"} <= widen(boxes)

    @given(before=some_scopes, asked=some_scopes, boxes=some_scopes)
    def test_is_remembered_without_what_was_taken_away(
        self, before: frozenset[str], asked: frozenset[str], boxes: frozenset[str]
    ) -> None:
        """
        A grant never covers what the person has just refused, and always what they allowed.
        """
        got = allowed(asked, boxes)
        grant = remembered(before, asked, got)

        assert covers(grant, got)
        assert not widen(grant) & (asked - got)
        assert grant <= before | got
        refused = still_refused(frozenset(), asked | before, grant)
        assert not refused & widen(grant)
        assert asked - got <= refused


class TestPage:
    @pytest.mark.fidelity("authorize.partial")
    @pytest.mark.parametrize(
        "boxes",
        [
            [],
            ["employer_access"],
            ["employer_access", "interviews.schedule", "offline_access"],
        ],
    )
    async def test_lets_the_person_grant_none_some_or_all(
        self, office: Office, boxes: list[str]
    ) -> None:
        """
        The code carries what was ticked, also when that is nothing.
        """
        visitor = await office.signed_in()

        page = await visitor.go(await visitor.begin())
        landed = await visitor.send(page, scope=boxes, answer="allow")

        assert set(answered(landed)) == {"code", "state", "iss"}
        assert await office.codes() == [(" ".join(boxes), None)]
        assert await office.granted() == frozenset(boxes)

    @pytest.mark.fidelity("authorize.openid-needs-no-box")
    async def test_asks_also_where_there_is_no_box(self, office: Office) -> None:
        """
        An app that wants to know who it is asks once, and `openid` is granted with it.
        """
        visitor = await office.signed_in()

        page = await visitor.go(await visitor.begin(scope="openid"))
        landed = await visitor.send(page, answer="allow")
        again = await visitor.ask(scope="openid")

        assert offered(page.text) == []
        assert "code" in answered(landed)
        assert again.status_code == 302
        assert await office.codes() == [("openid", None), ("openid", None)]

    @pytest.mark.fidelity("authorize.cancel")
    async def test_can_be_cancelled(self, office: Office) -> None:
        """
        The app hears that access was denied, and nothing is granted.
        """
        visitor = await office.signed_in()

        page = await visitor.go(await visitor.begin())
        landed = await visitor.send(page, scope=["employer_access"], answer="cancel")

        assert answered(landed)["error"] == "access_denied"
        assert (await office.codes(), await office.granted()) == ([], None)
        assert await office.waiting() == 0

    @pytest.mark.fidelity("authorize.consent-remembered")
    async def test_is_left_out_where_everything_was_granted(self, office: Office) -> None:
        """
        Who allowed to write is not asked whether the app may read.
        """
        await office.change_app(scopes=SCOPES | {READ})
        await office.allow(WRITE)
        visitor = await office.signed_in()

        response = await visitor.ask(scope=READ)

        assert "code" in answered(response)
        assert await office.codes() == [(READ, None)]

    @pytest.mark.fidelity("authorize.consent-remembered", "authorize.pre-ticked")
    async def test_comes_back_for_more_with_what_was_granted(self, office: Office) -> None:
        """
        One scope more is a question: it is ticked and marked as new, beside what is granted.
        """
        await office.allow("employer_access", "email")
        visitor = await office.signed_in()

        page = await visitor.go(
            await visitor.begin(scope="employer_access interviews.schedule")
        )
        landed = await visitor.send(page, scope=["interviews.schedule"], answer="allow")

        assert ticked(page.text) == ["employer_access", "interviews.schedule"]
        assert page.text.count(">New</span>") == 1
        assert "code" in answered(landed)
        assert await office.granted() == frozenset({"interviews.schedule", "email"})

    @pytest.mark.fidelity("authorize.pre-ticked")
    async def test_leaves_unticked_what_was_unticked_before(self, office: Office) -> None:
        """
        A request that was allowed in part is asked again, with the boxes as they were left.
        """
        asked = "employer_access interviews.schedule"
        visitor = await office.signed_in()
        first = await visitor.go(await visitor.begin(scope=asked))
        await visitor.send(first, scope=["interviews.schedule"], answer="allow")

        again = await visitor.go(await visitor.begin(scope=asked))
        more = await visitor.go(await visitor.begin(scope=f"{asked} email"))

        assert ticked(first.text) == ["employer_access", "interviews.schedule"]
        assert ticked(again.text) == ["interviews.schedule"]
        assert ">New</span>" not in first.text + again.text
        assert ticked(more.text) == ["email", "interviews.schedule"]
        assert more.text.count(">New</span>") == 1

    @pytest.mark.fidelity("authorize.prompt-consent")
    async def test_is_shown_when_asked_for(self, office: Office) -> None:
        """
        With `prompt=consent` the person is asked although they said yes before.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        path = await visitor.begin(prompt="consent")
        page = await visitor.go(path)
        landed = await visitor.send(page, scope=ticked(page.text), answer="allow")

        assert page.status_code == 200
        assert "code" in answered(landed)

    @pytest.mark.fidelity("authorize.impersonation")
    @pytest.mark.parametrize(
        ("redirect_uri", "is_asked"),
        [
            ("com.example.app:/cb", True),
            ("http://127.0.0.1:3000/cb", True),
            ("http://localhost:3000/cb", True),
            ("https://app.example/cb", False),
        ],
    )
    async def test_is_asked_for_each_time_by_who_may_be_anybody(
        self, office: Office, redirect_uri: str, *, is_asked: bool
    ) -> None:
        """
        A public app's redirect URI on the person's machine tells nobody who answers there.
        """
        app = await office.register(
            is_public=True,
            grant_types=frozenset({GrantType.AUTHORIZATION_CODE}),
            redirect_uris=(redirect_uri,),
        )
        async with office.database.unit() as uow:
            await office.grants.allow(uow, office.rui.id, app, frozenset({"email"}))
        visitor = await office.signed_in()
        silent = {"scope": "email", "prompt": "none", "redirect_uri": redirect_uri}
        silent |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}

        response = await visitor.go(f"{AUTHORIZE}?{urlencode(asking(app, **silent))}")

        told = answered(response, redirect_uri)
        assert told.get("error") == ("consent_required" if is_asked else None)
        assert ("code" in told) is not is_asked

    async def test_grants_nothing_that_was_not_asked_for(self, office: Office) -> None:
        """
        Boxes that the page did not have are not ticked.
        """
        visitor = await office.signed_in()

        page = await visitor.go(await visitor.begin(scope="email"))
        await visitor.send(page, scope=["email", "employer_access", "*"], answer="allow")

        assert await office.granted() == frozenset({"email"})

    @pytest.mark.fidelity("authorize.page-says")
    async def test_says_who_asks_for_whom_and_where_it_leads(self, office: Office) -> None:
        """
        App, its owner, the person and the host of the redirect URI stand on the page.
        """
        await office.change_app(name="<b>Harbor</b>")
        visitor = await office.signed_in()

        path = await visitor.begin()
        page = await visitor.go(path)

        said = ("Employer 300", "Rui Costa", "rui@hotels.example", "ats.example")
        assert [text for text in said if text not in page.text] == []
        assert "&lt;b&gt;Harbor&lt;/b&gt;" in page.text
        assert "<b>" not in page.text
        assert "interviews.schedule" not in page.text.replace('value="interviews.schedule"', "")
        assert f"/sign-in?next={path.replace('/', '%2F')}&amp;again=1" in page.text

    @pytest.mark.fidelity("authorize.headers")
    async def test_runs_no_script_and_is_in_no_frame(self, office: Office) -> None:
        """
        The form may end at the app, and nowhere else.
        """
        visitor = await office.signed_in()

        page = await visitor.go(await visitor.begin())

        assert page.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' https:; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-frame-options"] == "DENY"
        assert "<script" not in page.text
