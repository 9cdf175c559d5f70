"""`POST /oauth/v2/par`: requests that are pushed ahead, and answered once."""

import asyncio
import json
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from structlog.testing import capture_logs

from hirewire.accounts.model import ErrorProfile, GrantType
from hirewire.kit.clock import EPOCH
from hirewire.oauth.authorize.prune import prune_pushed_requests
from tests.oauth.authorize.world import (
    AUTHORIZE,
    BASE,
    CHALLENGE,
    MOST_FAILURES,
    PUSH,
    SCOPES,
    Office,
    answered,
    asking,
    shown,
)
from tests.oauth.world import basic

URN = "urn:ietf:params:oauth:request_uri:"
OVER = "This page was answered already, has expired, or was opened in another browser."
GONE = "The request_uri was used already, has expired, or is not this app's."


async def push(office: Office, proof: str = "", **changes: str) -> httpx.Response:
    """Push a request with the secret in the body; an empty value leaves a parameter out."""
    headers = {"dpop": proof} if proof else {}
    sent = {"client_secret": office.secret.text} | changes
    form = asking(office.app, **sent)
    return await office.visitor().http.post(PUSH, data=form, headers=headers)


async def pushed(office: Office, **changes: str) -> dict[str, str]:
    """Push a request, and return what the person is sent with."""
    response = await push(office, **changes)
    assert response.status_code == 201, response.text
    return {"client_id": office.app.id, "request_uri": response.json()["request_uri"]}


class TestPush:
    @pytest.mark.fidelity("authorize.push")
    async def test_answers_with_a_uri_that_stands_for_the_request(self, office: Office) -> None:
        """
        The app sends the person with that URI, and hears as if it had said it all.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        response = await push(office, state="a b")
        answer = response.json()
        sent = {"client_id": office.app.id, "request_uri": answer["request_uri"]}
        landed = await visitor.go(f"{AUTHORIZE}?{urlencode(sent)}")

        assert response.status_code == 201
        assert list(answer) == ["request_uri", "expires_in"]
        assert answer["request_uri"].startswith(URN)
        assert len(answer["request_uri"]) == len(URN) + 43
        assert answer["expires_in"] == 90
        assert response.headers["cache-control"] == "no-store"
        assert answered(landed)["state"] == "a b"

    @pytest.mark.fidelity("oauth.failures.limited")
    async def test_is_limited_for_who_fails_too_often(self, office: Office) -> None:
        """
        A minute's worth of wrong secrets is told apart in the log; then comes 429.
        """
        with capture_logs() as logs:
            answers = [
                await push(office, client_secret="wrong") for _ in range(MOST_FAILURES + 1)
            ]
        proven = await push(office)

        refused = [line for line in logs if line["event"] == "push_refused"]
        assert [answer.status_code for answer in answers] == [400] * MOST_FAILURES + [429]
        assert answers[-1].headers["retry-after"] == "3"
        assert {line["fault"] for line in refused} == {"unknown_app_or_secret"}
        assert proven.status_code == 201

    @pytest.mark.fidelity("authorize.push-authenticates")
    async def test_takes_each_way_to_authenticate(self, office: Office) -> None:
        """
        The secret may be in the header, too; without one nobody pushes.
        """
        form = asking(office.app)
        header = {"authorization": basic(office.app.id, office.secret.text)}
        http = office.visitor().http

        by_header = await http.post(PUSH, data=form, headers=header)
        without = await http.post(PUSH, data=form)
        wrong = await http.post(PUSH, data=form | {"client_secret": "0" * 64})

        assert by_header.status_code == 201
        assert (without.status_code, without.json()["error"]) == (400, "invalid_request")
        assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")

    @pytest.mark.fidelity("authorize.push-authenticates")
    async def test_words_it_as_the_app_wants(self, office: Office) -> None:
        """
        An app that goes by the RFCs is refused by their names.
        """
        await office.change_app(error_profile=ErrorProfile.RFC)

        wrong = await office.visitor().http.post(
            PUSH, data=asking(office.app, client_secret="0" * 64)
        )

        assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
        assert wrong.headers["www-authenticate"].startswith("Basic ")

    @pytest.mark.fidelity("authorize.push-checked")
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
            ({"redirect_uri": ""}, "invalid_request"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": "conversations"}, "invalid_scope"),
            ({"request_uri": URN + "x" * 43}, "invalid_request"),
            ({"request": "ey"}, "request_not_supported"),
            ({"code_challenge": CHALLENGE}, "invalid_request"),
            ({"prompt": "none login"}, "invalid_request"),
        ],
    )
    async def test_checks_what_is_pushed(
        self, office: Office, changes: dict[str, str], error: str
    ) -> None:
        """
        What would be refused of a person's browser is refused of the app at once.
        """
        response = await push(office, **changes)

        assert (response.status_code, response.json()["error"]) == (400, error)
        assert "location" not in response.headers
        assert await _kept(office) == 0

    async def test_is_posted_as_a_form(self, office: Office) -> None:
        """
        Another method, JSON, and a query are refused.
        """
        http = office.visitor().http
        form = asking(office.app, client_secret=office.secret.text)

        got = await http.get(PUSH, params=form)
        json_body = await http.post(PUSH, json=form)
        query = await http.post(f"{PUSH}?{urlencode(form)}", data=form)

        assert (got.status_code, got.headers["allow"]) == (405, "POST")
        assert (json_body.status_code, query.status_code) == (400, 400)
        assert await _kept(office) == 0

    @pytest.mark.fidelity("authorize.push-public")
    async def test_a_public_app_names_itself_only(self, office: Office) -> None:
        """
        A public app pushes without a secret, and only so often.
        """
        grants = frozenset({GrantType.AUTHORIZATION_CODE})
        app = await office.register(is_public=True, grant_types=grants)
        form = asking(app, code_challenge=CHALLENGE, code_challenge_method="S256")
        http = office.visitor().http

        responses = [await http.post(PUSH, data=form) for _ in range(201)]

        assert [response.status_code for response in responses] == [201] * 200 + [429]


class TestUse:
    @pytest.mark.fidelity("authorize.push-once")
    async def test_is_good_until_it_is_answered(self, office: Office) -> None:
        """
        A person may reload the page before the end; after it the request URI is gone.
        """
        visitor = office.visitor()
        sent = urlencode(await pushed(office))

        first = await visitor.go(f"{AUTHORIZE}?{sent}")
        await visitor.sign_in(office.rui)
        second = await visitor.go(f"{AUTHORIZE}?{sent}")
        pages = [await visitor.settle(seen.headers["location"]) for seen in (first, second)]
        landed = await visitor.send(pages[1], scope=["employer_access"], answer="allow")
        other = await visitor.send(pages[0], scope=["employer_access"], answer="allow")
        third = await visitor.go(f"{AUTHORIZE}?{sent}")

        assert "code" in answered(landed)
        shown(other, 404, OVER)
        shown(third, 400, GONE)
        assert await office.codes() == [("employer_access", None)]

    @pytest.mark.fidelity("authorize.push-once")
    async def test_gives_one_code_to_two_browsers(self, office_on_each: Office) -> None:
        """
        Of browsers that answer the same request at once, one gets a code.
        """
        office = office_on_each
        sent = urlencode(await pushed(office))
        visitors = [await office.signed_in() for _ in range(4)]
        pages = [
            await visitor.settle((await visitor.go(f"{AUTHORIZE}?{sent}")).headers["location"])
            for visitor in visitors
        ]

        responses = await asyncio.gather(
            *(
                visitor.send(page, scope=[], answer="allow")
                for visitor, page in zip(visitors, pages, strict=True)
            )
        )

        assert sorted(response.status_code for response in responses) == [303, *[404] * 3]
        assert (len(await office.codes()), await _kept(office)) == (1, 0)

    @pytest.mark.fidelity("authorize.push-once")
    async def test_gives_one_code_where_nothing_is_asked(self, office_on_each: Office) -> None:
        """
        The same where no page is in between.
        """
        office = office_on_each
        await office.allow(*SCOPES)
        url = f"{AUTHORIZE}?{urlencode(await pushed(office))}"
        visitors = [await office.signed_in() for _ in range(4)]

        responses = await asyncio.gather(*(visitor.go(url) for visitor in visitors))

        assert sorted(response.status_code for response in responses) == [302, *[400] * 3]
        assert (len(await office.codes()), await _kept(office)) == (1, 0)

    @pytest.mark.fidelity("authorize.push-once")
    async def test_is_gone_when_the_app_was_told_no(self, office: Office) -> None:
        """
        A refusal is an answer, too: one of ours, and one of the person's.
        """
        visitor = await office.signed_in()
        unasked = urlencode(await pushed(office, prompt="none"))
        cancelled = urlencode(await pushed(office))

        refused = await visitor.go(f"{AUTHORIZE}?{unasked}")
        page = await visitor.go(
            (await visitor.go(f"{AUTHORIZE}?{cancelled}")).headers["location"]
        )
        denied = await visitor.send(page, answer="cancel")
        again = [await visitor.go(f"{AUTHORIZE}?{sent}") for sent in (unasked, cancelled)]

        assert answered(refused)["error"] == "consent_required"
        assert answered(denied)["error"] == "access_denied"
        for response in again:
            shown(response, 400, GONE)
        assert await office.codes() == []

    @pytest.mark.fidelity("authorize.push-expires")
    async def test_is_good_for_ninety_seconds(self, office: Office) -> None:
        """
        A person who comes later is shown that it is gone.
        """
        visitor = await office.signed_in()
        sent = urlencode(await pushed(office))
        await office.clock.advance(timedelta(seconds=90))

        response = await visitor.go(f"{AUTHORIZE}?{sent}")

        shown(response, 400, GONE)
        assert await office.waiting() == 0

    @pytest.mark.fidelity("authorize.push-expires")
    async def test_is_answered_later_by_who_came_in_time(self, office: Office) -> None:
        """
        Who opened it at the last moment has an hour; only then housekeeping forgets it.
        """
        visitor = await office.signed_in()
        sent = urlencode(await pushed(office))
        await pushed(office)
        await office.clock.advance(timedelta(seconds=89))
        path = (await visitor.go(f"{AUTHORIZE}?{sent}")).headers["location"]
        await office.clock.advance(timedelta(minutes=59, seconds=59))

        early = await _pruned(office)
        landed = await visitor.send(await visitor.go(path), scope=[], answer="allow")
        await office.clock.advance(timedelta(seconds=2))
        late = await _pruned(office)

        assert "code" in answered(landed)
        assert (early, late, await _kept(office)) == (0, 1, 0)

    @pytest.mark.fidelity("authorize.push-bound")
    async def test_is_good_for_the_app_that_pushed(self, office: Office) -> None:
        """
        Another app cannot use it, nor use it up.
        """
        other = await office.register()
        visitor = await office.signed_in()
        own = await pushed(office)

        stolen = await visitor.go(f"{AUTHORIZE}?{urlencode(own | {'client_id': other.id})}")
        used = await visitor.go(f"{AUTHORIZE}?{urlencode(own)}")

        shown(stolen, 400, GONE)
        assert used.status_code == 303

    @pytest.mark.fidelity("authorize.push-alone")
    async def test_is_all_that_counts(self, office: Office) -> None:
        """
        Parameters beside the request URI change nothing of what was pushed.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        beside = {"redirect_uri": "https://evil.example/", "state": "other", "scope": "openid"}

        response = await visitor.go(
            f"{AUTHORIZE}?{urlencode((await pushed(office)) | beside | {'prompt': 'login'})}"
        )

        assert answered(response)["state"] == "xyz"
        assert await office.codes() == [
            ("employer_access interviews.schedule offline_access", None)
        ]

    @pytest.mark.fidelity("authorize.only-pushed")
    async def test_is_how_apps_come_that_swore_to_push(self, office: Office) -> None:
        """
        What is refused directly is taken when it was pushed.
        """
        await office.change_app(requires_pushed_requests=True)
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        sent = await pushed(office, code_challenge=CHALLENGE, code_challenge_method="S256")

        response = await visitor.go(f"{AUTHORIZE}?{urlencode(sent)}")

        assert "code" in answered(response)

    @pytest.mark.fidelity("authorize.only-pushed-with-pkce")
    async def test_needs_a_challenge_of_apps_that_swore_to_push(self, office: Office) -> None:
        """
        Such an app is held to PKCE as well, when it pushes and also if it swore in between.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        before = urlencode(await pushed(office))
        await office.change_app(requires_pushed_requests=True)

        without = await push(office)
        late = await visitor.go(f"{AUTHORIZE}?{before}")

        assert (without.status_code, without.json()["error"]) == (400, "invalid_request")
        assert "code_challenge" in without.json()["error_description"]
        assert answered(late)["error"] == "invalid_request"
        assert (await office.codes(), await _kept(office)) == ([], 0)

    @pytest.mark.fidelity("authorize.app-rechecked")
    async def test_is_checked_once_more(self, office: Office) -> None:
        """
        What the app lost in between it does not get.
        """
        visitor = await office.signed_in()
        scope_lost, uri_lost = await pushed(office), await pushed(office)

        await office.change_app(scopes=frozenset({"email"}))
        told = await visitor.go(f"{AUTHORIZE}?{urlencode(scope_lost)}")
        await office.change_app(redirect_uris=("https://ats.example/new",))
        seen = await visitor.go(f"{AUTHORIZE}?{urlencode(uri_lost)}")

        assert answered(told)["error"] == "invalid_scope"
        shown(seen, 400, "is not one of those that the app registered")


class TestProofKey:
    @pytest.mark.fidelity("authorize.dpop-jkt")
    async def test_of_the_parameter_is_bound_to_the_code(self, office: Office) -> None:
        """
        The code is good with that key only (RFC 9449, section 10).
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        await visitor.ask(dpop_jkt=CHALLENGE)

        assert await _proof_keys(office) == [CHALLENGE]

    @pytest.mark.fidelity("authorize.dpop-at-push")
    async def test_of_a_proof_at_the_push_is_bound_to_the_code(self, office: Office) -> None:
        """
        A proof binds the key that signed it, and is good once.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        key = ECKey.generate_key("P-256")
        proof = _proof(office, key)

        first = await push(office, proof)
        again = await push(office, proof)
        sent = {"client_id": office.app.id, "request_uri": first.json()["request_uri"]}
        await visitor.go(f"{AUTHORIZE}?{urlencode(sent)}")

        assert await _proof_keys(office) == [key.thumbprint()]
        assert (again.status_code, again.json()["error"]) == (400, "invalid_dpop_proof")

    @pytest.mark.fidelity("authorize.dpop-at-push")
    async def test_has_to_be_the_one_of_the_parameter(self, office: Office) -> None:
        """
        A proof of one key and the thumbprint of another are refused.
        """
        key = ECKey.generate_key("P-256")

        other = await push(office, _proof(office, key), dpop_jkt=CHALLENGE)
        elsewhere = await push(office, _proof(office, key, url=BASE + AUTHORIZE))

        assert (other.status_code, other.json()["error"]) == (400, "invalid_request")
        assert elsewhere.json()["error"] == "invalid_dpop_proof"
        assert await _kept(office) == 0


def _proof(office: Office, key: ECKey, url: str = BASE + PUSH) -> str:
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    issued_s = int((office.clock.now() - EPOCH).total_seconds())
    claims = {"jti": "one", "htm": "POST", "htu": url, "iat": issued_s}
    return jws.serialize_compact(header, json.dumps(claims), key)


async def _kept(office: Office) -> int:
    async with office.database.read() as reader:
        found: int = await reader.value("SELECT count(*) FROM oauth_pushed_requests")
    return found


async def _pruned(office: Office) -> int:
    async with office.database.unit() as uow:
        return await prune_pushed_requests(uow, 10)


async def _proof_keys(office: Office) -> list[str]:
    async with office.database.read() as reader:
        return await reader.all(str, "SELECT proof_key FROM oauth_families")
