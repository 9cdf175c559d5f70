"""Whether a person has to sign in: prompts, ages and hints."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.oauth.authorize.world import BASE, SCOPES, Office, answered

MINUTE = timedelta(minutes=1)


def check_sent_to_sign_in(response: httpx.Response, path: str, **said: str) -> None:
    """Expect the way to the sign-in page, and back."""
    assert response.status_code == 303
    parts = urlsplit(response.headers["location"])
    assert parts.path == "/sign-in"
    expected = {name: [value] for name, value in said.items()}
    assert parse_qs(parts.query) == {"next": [path]} | expected


class TestNobodySignedIn:
    @pytest.mark.fidelity("authorize.login-hint")
    async def test_has_the_person_sign_in(self, office: Office) -> None:
        """
        The hinted address comes along, to be filled in.
        """
        visitor = office.visitor()

        path = await visitor.begin(login_hint="rui@hotels.example")
        response = await visitor.go(path)

        check_sent_to_sign_in(response, path, login_hint="rui@hotels.example")

    @pytest.mark.fidelity("authorize.prompt-none")
    async def test_is_told_where_nobody_may_be_asked(self, office: Office) -> None:
        """
        With `prompt=none` the app hears that somebody has to sign in.
        """
        visitor = office.visitor()

        response = await visitor.ask(prompt="none")

        assert answered(response) == {
            "error": "login_required",
            "error_description": "The person has to sign in.",
            "state": "xyz",
            "iss": BASE,
        }
        assert await office.waiting() == 0

    async def test_also_where_the_session_is_over(self, office: Office) -> None:
        """
        A session of yesterday is none.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        await office.clock.advance(timedelta(hours=13))

        response = await visitor.ask(prompt="none")

        assert answered(response)["error"] == "login_required"


class TestPromptNone:
    @pytest.mark.fidelity("authorize.prompt-none")
    async def test_answers_at_once_where_nothing_is_to_be_asked(self, office: Office) -> None:
        """
        Who is signed in and has consented is not asked.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        response = await visitor.ask(prompt="none")

        assert response.status_code == 302
        assert set(answered(response)) == {"code", "state", "iss"}

    @pytest.mark.fidelity("authorize.prompt-none")
    async def test_is_told_where_consent_is_missing(self, office: Office) -> None:
        """
        Who has not consented to everything has to be asked.
        """
        await office.allow("employer_access")
        visitor = await office.signed_in()

        response = await visitor.ask(prompt="none")

        assert answered(response)["error"] == "consent_required"
        assert (await office.codes(), await office.waiting()) == ([], 0)

    @pytest.mark.fidelity("authorize.prompt-none", "authorize.max-age")
    async def test_is_told_where_the_session_is_too_old(self, office: Office) -> None:
        """
        A session older than `max_age` is none.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        await office.clock.advance(MINUTE)

        young_enough = await visitor.ask(prompt="none", max_age="60")
        await office.clock.advance(timedelta(seconds=1))
        too_old = await visitor.ask(prompt="none", max_age="60")

        assert "code" in answered(young_enough)
        assert answered(too_old)["error"] == "login_required"


class TestSigningInAgain:
    @pytest.mark.fidelity("authorize.prompt-login", "authorize.max-age")
    @pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}])
    async def test_is_asked_for_and_counts_once_it_is_done(
        self, office: Office, asked: dict[str, str]
    ) -> None:
        """
        The session that was there is not enough; the one after the request is.

        The clock stands still in this test: even then the old session is not taken for new.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        path = await visitor.begin(**asked)
        before = await visitor.go(path)
        again = await visitor.go(path)
        await visitor.sign_in(office.rui)
        after = await visitor.settle(path)

        check_sent_to_sign_in(before, path, again="1")
        check_sent_to_sign_in(again, path, again="1")
        assert "code" in answered(after)

    @pytest.mark.fidelity("authorize.prompt-login")
    async def test_is_not_done_by_an_older_session(self, office: Office) -> None:
        """
        A session from before the request is none, also when it is another one.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()
        old_text = visitor.http.cookies["hirewire_session"]
        await office.clock.advance(MINUTE)
        await visitor.sign_in(office.rui)

        await office.clock.advance(MINUTE)
        path = await visitor.begin(prompt="login")
        visitor.http.cookies.set("hirewire_session", old_text, domain="127.0.0.1")
        response = await visitor.go(path)

        check_sent_to_sign_in(response, path, again="1")

    @pytest.mark.fidelity("authorize.prompt-login")
    async def test_cannot_be_skipped_by_answering(self, office: Office) -> None:
        """
        Whoever sends the consent form without signing in again is sent to sign in.
        """
        visitor = await office.signed_in()
        path = await visitor.begin()
        form = await visitor.go(path)
        strict = await visitor.begin(prompt="login")

        sent = await visitor.http.post(
            strict,
            data={"csrf": _csrf(form.text), "question": "consent", "answer": "allow"},
        )

        assert (sent.status_code, sent.headers["location"]) == (303, strict)
        assert await office.codes() == []

    async def test_is_asked_again_when_it_took_too_long(self, office: Office) -> None:
        """
        `max_age` is met by signing in for the request, however long consent takes then.
        """
        visitor = await office.signed_in()
        await office.clock.advance(MINUTE)

        path = await visitor.begin(max_age="30")
        await office.clock.advance(MINUTE)
        await visitor.sign_in(office.rui)
        await office.clock.advance(MINUTE)
        consent = await visitor.settle(path)

        assert consent.status_code == 200
        assert "Allow Harbor ATS?" in consent.text


class TestHints:
    @pytest.mark.fidelity("authorize.id-token-hint")
    async def test_the_hinted_person_goes_on(self, office: Office) -> None:
        """
        An ID token that has expired still says whom the app expects.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in()

        response = await visitor.ask(prompt="none", id_token_hint=await office.hint())

        assert "code" in answered(response)

    @pytest.mark.fidelity("authorize.id-token-hint")
    async def test_another_person_has_to_sign_in(self, office: Office) -> None:
        """
        With `prompt=none` the app is told; otherwise the hinted person may sign in.
        """
        await office.allow(*SCOPES)
        visitor = await office.signed_in(office.noor)
        hint = await office.hint()

        silent = await visitor.ask(prompt="none", id_token_hint=hint)
        path = await visitor.begin(id_token_hint=hint)
        asked = await visitor.go(path)
        await visitor.sign_in(office.rui)
        landed = await visitor.settle(path)

        assert answered(silent)["error"] == "login_required"
        check_sent_to_sign_in(asked, path, again="1")
        assert "code" in answered(landed)

    @pytest.mark.fidelity("authorize.id-token-hint")
    async def test_a_third_person_is_not_taken(self, office: Office) -> None:
        """
        Who signs in for a request that expects somebody else ends it.
        """
        await office.allow(*SCOPES, person=office.noor)
        visitor = office.visitor()

        path = await visitor.begin(id_token_hint=await office.hint())
        await visitor.sign_in(office.noor)
        landed = await visitor.settle(path)

        assert answered(landed)["error"] == "login_required"
        assert (await office.codes(), await office.waiting()) == ([], 0)

    @pytest.mark.fidelity("authorize.id-token-hint")
    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "another app"},
            {"iss": "https://other.example"},
            {"sub": "nobody"},
            {"aud": []},
        ],
    )
    async def test_a_hint_that_is_not_for_the_app_is_refused(
        self, office: Office, changes: dict[str, object]
    ) -> None:
        """
        A token of ours that was issued for others proves nothing here.
        """
        visitor = await office.signed_in()

        response = await visitor.ask(id_token_hint=await office.hint(changes))

        assert answered(response)["error"] == "invalid_request"
        assert await office.waiting() == 0

    @pytest.mark.fidelity("authorize.id-token-hint")
    async def test_a_tampered_hint_is_refused(self, office: Office) -> None:
        """
        Without our signature, with another header's, or as an access token it is nothing.
        """
        visitor = await office.signed_in()
        hint = await office.hint()
        header, payload, signature = hint.split(".")
        unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoiYSJ9"
        access = office.ring.sign("ES256", "at+jwt", b'{"iss":"%s"}' % BASE.encode())
        bad = [
            f"{header}.{payload}.{signature[:-4]}AAAA",
            f"{unsigned}.{payload}.",
            f"{header}.{payload}",
            access,
            "é",
            "." * 3000,
        ]

        responses = [await visitor.ask(id_token_hint=text) for text in bad]

        assert [answered(response)["error"] for response in responses] == [
            "invalid_request"
        ] * len(bad)


def _csrf(page: str) -> str:
    return page.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]
