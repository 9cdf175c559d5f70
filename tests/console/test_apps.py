"""Managing app credentials in the console: creating, changing, and secrets."""

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from hirewire.accounts.apps.service import MOST_SECRETS
from hirewire.accounts.model import App, AppSecret, AppTerms, ErrorProfile, GrantType, Role
from tests.accounts.world import CALLBACK, an_app
from tests.console.world import ConsoleWorld, Visitor

NEW = "/console/apps/new"
KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "use": "sig",
}
SECRET = re.compile(r">([0-9a-f]{64})</code></p>\s*<p class=\"secret__warning\"")


def filled(console: ConsoleWorld, **other: Any) -> dict[str, Any]:
    """Fill in the form as for an ordinary app."""
    return {
        "name": "Harbor ATS",
        "owner": console.accounts.master.id.hex,
        "kind": "confidential",
        "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": f"{CALLBACK}\r\n\r\n http://localhost:3000/cb \r\n",
        "trusted_domains": "https://app.example",
        "scopes": ["email", "interviews.schedule"],
        "error_profile": "documented",
        "rotates": "yes",
        "jwks": "",
    } | other


async def apps(console: ConsoleWorld) -> list[App]:
    async with console.database.read() as reader:
        return await console.accounts.accounts.apps.list_all(reader)


async def made(console: ConsoleWorld) -> App:
    (app,) = [app for app in await apps(console) if app != console.accounts.app]
    return app


async def secrets(console: ConsoleWorld, app: App | None = None) -> list[AppSecret]:
    async with console.database.read() as reader:
        found = app or console.accounts.app
        return await console.accounts.accounts.apps.secrets(reader, found.id)


async def opens(console: ConsoleWorld, app: App, secret: str) -> bool:
    async with console.database.read() as reader:
        accounts = console.accounts.accounts
        return await accounts.apps.authenticated(reader, app.id, secret) is not None


def shown_secret(answer: httpx.Response) -> str:
    found = SECRET.search(answer.text)
    assert found is not None, answer.text
    return found[1]


class TestCreating:
    @pytest.mark.fidelity("console.apps.grant-types", "console.apps.secret-once")
    async def test_makes_the_app_that_was_typed(self, console: ConsoleWorld) -> None:
        """
        Its terms are those of the form, and its secret stands on this one page.
        """
        ada = await console.admin()

        answer = await ada.send(NEW, **filled(console))

        app = await made(console)
        secret = shown_secret(answer)
        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        assert app.owner_employer_id == console.accounts.master.id
        assert app.terms == AppTerms(
            name="Harbor ATS",
            grant_types=frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN}),
            redirect_uris=(CALLBACK, "http://localhost:3000/cb"),
            trusted_domains=("https://app.example",),
            scopes=frozenset({"email", "interviews.schedule"}),
        )
        assert await opens(console, app, secret)
        assert secret not in await ada.page(f"/console/apps/{app.id}")

    async def test_takes_the_advanced_terms(self, console: ConsoleWorld) -> None:
        """
        Error profile, rotation, PAR, DPoP and keys are the app's.
        """
        ada = await console.admin()

        await ada.send(
            NEW,
            **filled(
                console,
                error_profile="rfc",
                rotates="",
                pushes="yes",
                proves="yes",
                jwks=json.dumps({"keys": [KEY]}),
            ),
        )

        terms = (await made(console)).terms
        assert terms.error_profile is ErrorProfile.RFC
        assert not terms.rotates_refresh_tokens
        assert terms.requires_pushed_requests
        assert terms.requires_dpop
        assert json.loads(terms.jwks) == {"keys": [KEY]}

    @pytest.mark.fidelity("console.apps.public")
    async def test_gives_a_public_app_no_secret(self, console: ConsoleWorld) -> None:
        """
        The page says that the client id is all.
        """
        ada = await console.admin()

        answer = await ada.send(
            NEW, **filled(console, kind="public", redirect_uris="com.example.app:/cb")
        )

        app = await made(console)
        assert (answer.status_code, app.terms.is_public) == (201, True)
        assert app.id in answer.text
        assert SECRET.search(answer.text) is None
        assert await secrets(console, app) == []
        assert "Add a secret" not in await ada.page(f"/console/apps/{app.id}")

    @pytest.mark.fidelity("console.apps.sent-once")
    async def test_happens_once_for_each_form(self, console: ConsoleWorld) -> None:
        """
        Loading the answer again, or pressing twice, makes no second app.
        """
        ada = await console.admin()
        first = await ada.send(NEW, **filled(console))
        again = first.request
        before = await console.told()

        second = await ada.http.send(
            httpx.Request("POST", again.url, headers=again.headers, content=again.content)
        )

        assert (first.status_code, second.status_code) == (201, 409)
        assert "sent before" in second.text
        assert len(await apps(console)) == 2
        assert await console.told() == before

    @pytest.mark.fidelity("console.apps.form-keeps")
    @pytest.mark.parametrize(
        ("typed", "field", "said"),
        [
            ({"name": " "}, "name", "A name has 1 to 200 visible characters."),
            ({"name": "x" * 201}, "name", "A name has 1 to 200 visible characters."),
            ({"owner": "nobody"}, "owner", "Choose one of those that are offered."),
            ({"kind": "other"}, "kind", "Choose one of those that are offered."),
            ({"grants": ["password"]}, "grants", "Choose one of those that are offered."),
            ({"grants": []}, "grants", "Choose at least one grant type."),
            ({"scopes": ["admin"]}, "scopes", "Choose one of those that are offered."),
            ({"error_profile": "x"}, "error_profile", "Choose one of those that are offered."),
            (
                {"redirect_uris": "http://e.example/"},
                "redirect_uris",
                "cannot be a redirect URI",
            ),
            ({"redirect_uris": ""}, "redirect_uris", "needs at least one redirect URI"),
            (
                {"redirect_uris": "\n".join(f"https://e.example/{n}" for n in range(6))},
                "redirect_uris",
                "An app has at most 5 redirect URIs, got 6.",
            ),
            ({"trusted_domains": "https://e.example/x"}, "trusted_domains", "trusted domain"),
            ({"jwks": "{}"}, "jwks", "The JWK set cannot be used"),
            (
                {"kind": "public", "grants": ["client_credentials"]},
                "kind",
                "A public app cannot keep a secret, and has no client credentials grant.",
            ),
        ],
    )
    async def test_shows_the_form_again(
        self, console: ConsoleWorld, typed: dict[str, Any], field: str, said: str
    ) -> None:
        """
        What is wrong stands at its field; all that was typed is kept; nothing is made.
        """
        ada = await console.admin()
        before = await console.told()
        asked = filled(console, name="Kept as it is", scopes=["email"]) | typed

        answer = await ada.send(NEW, **asked)

        assert answer.status_code == 400
        assert f'href="#field-{field}"' in answer.text
        assert f'id="error-{field}"' in answer.text
        assert said in answer.text
        assert "http://localhost:3000/cb" in answer.text or "redirect_uris" in typed
        assert str(asked["name"]).strip() in answer.text
        assert 'value="email" checked' in answer.text or "scopes" in typed
        assert await apps(console) == [console.accounts.app]
        assert await console.told() == before

    async def test_says_all_that_is_wrong_at_once(self, console: ConsoleWorld) -> None:
        """
        Nobody has to send the form once for each mistake.
        """
        ada = await console.admin()

        answer = await ada.send(
            NEW, **filled(console, name="", redirect_uris="ftp://e.example", jwks="x")
        )

        for field in ("name", "redirect_uris", "jwks"):
            assert f'id="error-{field}"' in answer.text
        assert '<details class="card more" open>' in answer.text


class TestChanging:
    async def test_saves_what_was_typed(self, console: ConsoleWorld) -> None:
        """
        The form begins with what the app has, and who changed it is on record.
        """
        ada = await console.admin()
        path = f"/console/apps/{console.accounts.app.id}/edit"
        seen = await ada.page(path)

        answer = await ada.send(path, **filled(console, owner="", kind="confidential"))

        assert 'value="Agency"' in seen
        assert answer.status_code == 303
        assert "The changes are saved." in await ada.page(answer.headers["location"])
        changed = next(a for a in await apps(console) if a.id == console.accounts.app.id)
        assert changed.name == "Harbor ATS"
        assert changed.owner_employer_id == console.accounts.master.id
        async with console.database.read() as reader:
            body = await reader.value(
                "SELECT body FROM facts WHERE kind = 'app.changed' ORDER BY seq DESC"
            )
        assert ada.person.id.hex == json.loads(body)["by"].replace("-", "")

    async def test_of_nothing_is_no_change(self, console: ConsoleWorld) -> None:
        """
        Sending the same twice leaves one fact.
        """
        ada = await console.admin()
        path = f"/console/apps/{console.accounts.app.id}/edit"

        for _ in range(2):
            await ada.send(path, **filled(console))

        assert (await console.told()).count("app.changed") == 1

    async def test_switches_an_app_off(self, console: ConsoleWorld) -> None:
        """
        Without grant types it gets no tokens, and the page says so.
        """
        ada = await console.admin()
        app_id = console.accounts.app.id

        await ada.send(f"/console/apps/{app_id}/edit", **filled(console, grants=[]))

        assert "This app is switched off" in await ada.page(f"/console/apps/{app_id}")
        assert "Switched off" in await ada.page("/console/apps")

    async def test_leaves_an_app_with_secrets_confidential(self, console: ConsoleWorld) -> None:
        """
        The form comes back with the reason at its field.
        """
        ada = await console.admin()
        path = f"/console/apps/{console.accounts.app.id}/edit"

        answer = await ada.send(path, **filled(console, kind="public"))

        assert answer.status_code == 400
        assert "A public app has no secrets: delete" in answer.text
        assert await apps(console) == [console.accounts.app]


class TestSecrets:
    @pytest.mark.fidelity("console.apps.secret-once")
    async def test_are_shown_once(self, console: ConsoleWorld) -> None:
        """
        The page that adds one shows it; the app's page shows the ends of ids only.
        """
        ada = await console.admin()
        app = console.accounts.app
        page = f"/console/apps/{app.id}"

        answer = await ada.send(f"{page}/secrets", seen_on=page)

        secret = shown_secret(answer)
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        assert await opens(console, app, secret)
        after = await ada.page(page)
        assert secret not in after
        assert all(f"…{kept.id.hex[-8:]}" in after for kept in await secrets(console))

    @pytest.mark.fidelity("console.apps.sent-once")
    async def test_are_added_once_for_each_form(self, console: ConsoleWorld) -> None:
        """
        Loading the page again adds none, and neither does a form without its mark.
        """
        ada = await console.admin()
        page = f"/console/apps/{console.accounts.app.id}"
        first = await ada.send(f"{page}/secrets", seen_on=page)

        again = await ada.http.post(
            f"{page}/secrets", content=first.request.content, headers=first.request.headers
        )
        unmarked = await ada.send(f"{page}/secrets", seen_on=page, once="")

        assert (again.status_code, unmarked.status_code) == (409, 400)
        assert len(await secrets(console)) == 2

    async def test_are_ten_at_most(self, console: ConsoleWorld) -> None:
        """
        With ten there is no button, and whoever sends the form is refused.
        """
        ada = await console.admin()
        page = f"/console/apps/{console.accounts.app.id}"
        async with console.database.unit() as uow:
            for _ in range(MOST_SECRETS - 1):
                await console.accounts.accounts.apps.add_secret(uow, console.accounts.app.id)

        shown = await ada.page(page)
        answer = await ada.send(f"{page}/secrets", seen_on=page, once="made-up")

        assert "Add a secret" not in shown
        assert answer.status_code == 409
        assert len(await secrets(console)) == MOST_SECRETS

    async def test_are_deleted_after_a_question(self, console: ConsoleWorld) -> None:
        """
        One of two goes at a press, and is on record.
        """
        ada = await console.admin()
        app, old = console.accounts.app, console.accounts.secret
        async with console.database.unit() as uow:
            await console.accounts.accounts.apps.add_secret(uow, app.id)
        path = f"/console/apps/{app.id}/secrets/{old.id}/delete"
        asked = await ada.page(path)

        answer = await ada.send(path)

        assert "the last secret" not in asked
        assert answer.status_code == 303
        assert "The secret is deleted" in await ada.page(answer.headers["location"])
        assert not await opens(console, app, old.text)
        assert (await console.told())[-1] == "app.secret_removed"
        assert (await ada.get(path)).status_code == 404

    @pytest.mark.fidelity("console.apps.last-secret")
    async def test_that_are_last_need_a_tick(self, console: ConsoleWorld) -> None:
        """
        Nobody locks an app out by a slip.
        """
        ada = await console.admin()
        app, last = console.accounts.app, console.accounts.secret
        path = f"/console/apps/{app.id}/secrets/{last.id}/delete"

        unsure = await ada.send(path)
        still_there = await opens(console, app, last.text)
        sure = await ada.send(path, sure="yes")

        assert "I know that this is the last secret" in unsure.text
        assert (unsure.status_code, still_there) == (409, True)
        assert (sure.status_code, await secrets(console)) == (303, [])
        assert "cannot authenticate" in await ada.page(f"/console/apps/{app.id}")


class TestNames:
    async def test_are_text_and_nothing_else(self, console: ConsoleWorld) -> None:
        """
        Markup in names is shown, not obeyed, on every page that has one.
        """
        evil = "<script>alert(1)</script>'\"{{ 7*7 }}"
        ada = await console.visitor(evil, (console.accounts.master, Role.ADMIN))
        async with console.database.unit() as uow:
            await console.accounts.accounts.apps.change(
                uow, console.accounts.app.id, replace(an_app(), name=evil)
            )
        app = f"/console/apps/{console.accounts.app.id}"
        secret = f"{app}/secrets/{console.accounts.secret.id}/delete"

        for path in ("/console", "/console/apps", app, f"{app}/edit", secret):
            text = (await ada.get(path)).text

            assert "<script" not in text
            assert "&lt;script&gt;alert(1)" in text
            assert "49" not in text.replace(console.accounts.app.id, "")[:200]

    async def test_may_be_long(self, console: ConsoleWorld) -> None:
        """
        A name of 200 characters is taken and shown whole.
        """
        ada = await console.admin()
        name = "W" * 200

        await ada.send(NEW, **filled(console, name=name))

        assert name in await ada.page("/console/apps")


async def a_reader(console: ConsoleWorld) -> Visitor:
    return await console.visitor("Vera", (console.accounts.master, Role.VIEWER))


class TestWithoutApps:
    async def test_says_whom_to_ask(self, console: ConsoleWorld) -> None:
        """
        Whoever administers nothing sees no app, and no way to make one.
        """
        vera = await a_reader(console)

        shown = await vera.page("/console/apps")

        assert "You manage no apps" in shown
        assert "Create an app" not in shown
        assert (await vera.get(NEW)).status_code == 404
