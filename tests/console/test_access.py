"""Who may look at which page of the console, and who may send which form."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from hirewire.accounts.model import Role
from hirewire.accounts.sessions import end_sessions_of
from tests.accounts.world import an_app
from tests.console.world import BASE_URL, ConsoleWorld, Visitor

SOMETHING = UUID(int=7)
EVERYWHERE = [
    ("GET", "/console"),
    ("GET", "/console/apps"),
    ("GET", "/console/apps/new"),
    ("POST", "/console/apps/new"),
    ("GET", "/console/apps/{app}"),
    ("GET", "/console/apps/{app}/edit"),
    ("POST", "/console/apps/{app}/edit"),
    ("GET", "/console/apps/{app}/secrets"),
    ("POST", "/console/apps/{app}/secrets"),
    ("GET", "/console/apps/{app}/secrets/{secret}/delete"),
    ("POST", "/console/apps/{app}/secrets/{secret}/delete"),
    ("GET", "/console/grants"),
    ("GET", "/console/grants/{grant}/revoke"),
    ("POST", "/console/grants/{grant}/revoke"),
    ("GET", "/console/security"),
]
FORMS = [path for method, path in EVERYWHERE if method == "POST"]
OF_AN_APP = [(method, path) for method, path in EVERYWHERE if "{app}" in path]


@pytest.fixture
async def grant_id(console: ConsoleWorld) -> UUID:
    """Let somebody allow the world's app something."""
    async with console.database.unit() as uow:
        grant = await console.desk.grants.allow(
            uow, console.accounts.stranger.id, console.accounts.app, frozenset({"email"})
        )
    return grant.id


def spelled(console: ConsoleWorld, path: str, grant: UUID = SOMETHING) -> str:
    world = console.accounts
    return path.format(app=world.app.id, secret=world.secret.id, grant=grant)


async def ask(visitor: Visitor, method: str, path: str) -> httpx.Response:
    """Ask as a browser that has a token for forms, whatever page it is from."""
    if method == "GET":
        return await visitor.get(path)
    return await visitor.send(path, seen_on="/console", once="1", name="Taken over")


async def state(console: ConsoleWorld) -> object:
    async with console.database.read() as reader:
        accounts = console.accounts.accounts
        return (
            await accounts.apps.list_all(reader),
            await accounts.apps.secrets(reader, console.accounts.app.id),
            await reader.value(
                "SELECT count(*) FROM oauth_grants WHERE revoked_at IS NULL",
            ),
        )


class TestNobody:
    @pytest.mark.fidelity("console.signed-in")
    @pytest.mark.parametrize(("method", "path"), EVERYWHERE)
    async def test_signs_in_and_comes_back(
        self, console: ConsoleWorld, method: str, path: str
    ) -> None:
        """
        Every page leads to the sign-in page, which knows the way back; nothing happens.
        """
        before = await state(console)
        address = spelled(console, path)

        answer = await console.browser().request(method, address, data={"name": "x"})

        assert answer.status_code == 303
        located = httpx.URL(answer.headers["location"])
        assert (located.path, located.params["next"]) == ("/sign-in", address)
        assert await state(console) == before

    async def test_comes_back_to_the_same_page_of_a_list(self, console: ConsoleWorld) -> None:
        """
        What the address asked for is kept.
        """
        answer = await console.browser().get("/console/security?kind=app.changed")

        located = httpx.URL(answer.headers["location"])
        assert located.params["next"] == "/console/security?kind=app.changed"

    async def test_is_led_from_the_root_to_the_console(self, console: ConsoleWorld) -> None:
        """
        Whoever types the host's name gets to the console.
        """
        answer = await console.browser().get("/")

        assert (answer.status_code, answer.headers["location"]) == (303, "/console")

    async def test_with_a_session_that_is_over_is_nobody(self, console: ConsoleWorld) -> None:
        """
        Once a session has ended its cookie opens nothing.
        """
        ada = await console.admin()
        async with console.database.unit() as uow:
            await end_sessions_of(uow, ada.person.id)

        answer = await ada.get("/console")

        assert answer.status_code == 303


class TestStrangers:
    @pytest.mark.fidelity("console.strangers")
    @pytest.mark.parametrize("role", [None, Role.RECRUITER, Role.VIEWER, Role.MEMBER])
    @pytest.mark.parametrize(("method", "path"), OF_AN_APP)
    async def test_find_no_app(
        self, console: ConsoleWorld, method: str, path: str, role: Role | None
    ) -> None:
        """
        Admins of another employer, and others of the owner, see what anybody sees of nothing.
        """
        roles = [(console.accounts.stranger, Role.ADMIN)]
        if role is not None:
            roles.append((console.accounts.master, role))
        eve = await console.visitor("Eve", *roles)
        before = await state(console)

        theirs = await ask(eve, method, spelled(console, path))
        nobodys = await ask(
            eve, method, spelled(console, path).replace(console.accounts.app.id, "f" * 64)
        )

        if (method, path) == ("GET", "/console/apps/{app}/secrets"):
            theirs = await eve.get(theirs.headers["location"])
            nobodys = await eve.get(nobodys.headers["location"])
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert theirs.text == nobodys.text
        assert console.accounts.app.name not in theirs.text
        assert console.accounts.app.id not in theirs.text
        assert await state(console) == before

    @pytest.mark.fidelity("console.strangers")
    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_revoke_no_grant(
        self, console: ConsoleWorld, grant_id: UUID, method: str
    ) -> None:
        """
        Another person's grant is nobody's.
        """
        eve = await console.admin("Eve")
        before = await state(console)

        answer = await ask(eve, method, f"/console/grants/{grant_id}/revoke")

        assert answer.status_code == 404
        assert console.accounts.app.name not in answer.text
        assert await state(console) == before

    @pytest.mark.fidelity("console.strangers")
    async def test_give_no_employer_an_app(self, console: ConsoleWorld) -> None:
        """
        An owner that they do not administer is not offered, and not taken.
        """
        eve = await console.visitor("Eve", (console.accounts.stranger, Role.ADMIN))
        before = await state(console)

        page = await eve.page("/console/apps/new")
        answer = await eve.send(
            "/console/apps/new",
            name="Trojan",
            owner=console.accounts.master.id.hex,
            kind="confidential",
            grants="client_credentials",
            error_profile="documented",
        )

        assert console.accounts.master.id.hex not in page
        assert answer.status_code == 400
        assert 'id="error-owner"' in answer.text
        assert await state(console) == before

    @pytest.mark.fidelity("console.strangers")
    async def test_remove_no_secret_through_their_own_app(self, console: ConsoleWorld) -> None:
        """
        A secret is looked for among those of the app in the address.
        """
        accounts = console.accounts.accounts
        eve = await console.visitor("Eve", (console.accounts.stranger, Role.ADMIN))
        async with console.database.unit() as uow:
            own, _ = await accounts.apps.register(uow, console.accounts.stranger.id, an_app())
        before = await state(console)
        path = f"/console/apps/{own.id}/secrets/{console.accounts.secret.id}/delete"

        answers = [await ask(eve, method, path) for method in ("GET", "POST")]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert await state(console) == before

    async def test_lose_their_pages_with_their_role(self, console: ConsoleWorld) -> None:
        """
        Whoever is an admin no more manages nothing from the next request on.
        """
        ada = await console.admin()
        page = f"/console/apps/{console.accounts.app.id}"
        seen = await ada.get(page)
        async with console.database.unit() as uow:
            await console.accounts.accounts.change_role(
                uow, ada.person.id, console.accounts.master.id, Role.RECRUITER
            )
        before = await state(console)

        answer = await ada.send(f"{page}/secrets", seen_on="/console", once="1")

        assert (seen.status_code, answer.status_code) == (200, 404)
        assert await state(console) == before

    @pytest.mark.parametrize(
        "path", ["/console/grants/x/revoke", "/console/apps/{app}/secrets/x/delete"]
    )
    async def test_ids_that_are_none_lead_nowhere(
        self, console: ConsoleWorld, path: str
    ) -> None:
        """
        A broken address is not found, and no crash.
        """
        ada = await console.admin()

        assert (await ada.get(spelled(console, path))).status_code == 404


class TestForms:
    @pytest.mark.fidelity("console.csrf")
    @pytest.mark.parametrize("token", ["", "made-up", "x" * 10_000])
    @pytest.mark.parametrize("path", FORMS)
    async def test_without_their_token_do_nothing(
        self, console: ConsoleWorld, path: str, token: str
    ) -> None:
        """
        A form that another site made is refused, whatever it says.
        """
        ada = await console.admin()
        before = await state(console)

        answer = await ada.send(
            spelled(console, path), seen_on="/console", csrf=token, once="1", sure="yes"
        )

        assert answer.status_code == 403
        assert await state(console) == before

    @pytest.mark.fidelity("console.csrf")
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ],
    )
    async def test_from_elsewhere_do_nothing(
        self, console: ConsoleWorld, headers: dict[str, str]
    ) -> None:
        """
        The browser's own word about where a form is from counts, too.
        """
        ada = await console.admin()
        ada.http.headers.update(headers)
        before = await state(console)

        answer = await ada.send(
            spelled(console, "/console/apps/{app}/secrets"), seen_on="/console", once="1"
        )

        assert answer.status_code == 403
        assert await state(console) == before

    @pytest.mark.fidelity("console.csrf")
    async def test_with_the_token_of_another_do_nothing(self, console: ConsoleWorld) -> None:
        """
        A token is good in the browser that it was made for only.
        """
        ada, eve = await console.admin(), await console.admin("Eve")
        page = spelled(console, "/console/apps/{app}")
        eves = (await eve.send(f"{page}/secrets", seen_on=page)).request.content
        before = await state(console)
        await ada.get(page)

        answer = await ada.http.post(
            f"{page}/secrets",
            content=eves,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

        assert answer.status_code == 403
        assert await state(console) == before

    async def test_have_to_be_forms(self, console: ConsoleWorld) -> None:
        """
        JSON, however right, is no form.
        """
        ada = await console.admin()

        answer = await ada.http.post("/console/apps/new", json={"name": "x"})

        assert answer.status_code == 400


class TestPages:
    @pytest.mark.parametrize(("method", "path"), [e for e in EVERYWHERE if e[0] == "GET"])
    async def test_run_no_script_and_are_kept_nowhere(
        self, console: ConsoleWorld, method: str, path: str
    ) -> None:
        """
        Every page forbids scripts, frames and caches, and sends forms to us only.
        """
        ada = await console.admin()
        async with console.database.unit() as uow:
            grant = await console.desk.grants.allow(
                uow, ada.person.id, console.accounts.app, frozenset({"email"})
            )

        answer = await ada.get(spelled(console, path, grant.id))

        assert answer.headers["cache-control"] == "no-store"
        if answer.status_code == 303:
            return
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert "form-action 'self';" in policy
        assert "<script" not in answer.text
        assert " on" not in "".join(_attributes(answer.text))
        assert BASE_URL not in answer.text


def _attributes(text: str) -> Iterator[str]:
    """Every tag that would run something by an attribute."""
    for tag in text.split("<")[1:]:
        if " onclick" in tag or " onload" in tag or "javascript:" in tag:
            yield tag
