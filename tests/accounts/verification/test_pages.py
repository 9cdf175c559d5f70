"""From a sign-up by a mail to an address that is verified; and what a stranger cannot do."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

from hirewire.accounts.sign_in.browser import Browser
from hirewire.accounts.verification.links import LIFETIME, Links
from hirewire.accounts.verification.mails import KIND, VerificationMails
from hirewire.accounts.verification.pages import VerificationPages
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.runtime.bus.memory import MemoryBus
from hirewire.runtime.db import Database
from hirewire.runtime.log import Listeners, Relay
from hirewire.runtime.mail import Courier, Mail, Outbox
from hirewire.runtime.tasks import TaskRunner
from hirewire.web.pages import Pages
from tests.accounts.sign_in.world import BASE, PASSWORD, SignInWorld, Visitor, sign_in_world
from tests.fixtures.background import all_done, in_background

NOOR = "noor@people.example"
_LINK = re.compile(r"  (http\S+)\n")


@dataclass(slots=True)
class Inbox:
    """A mailer that keeps what it takes."""

    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    async def check(self) -> str:
        return "a test"

    def link(self) -> str:
        """The path and query of the link in the last mail."""
        found = _LINK.search(self.mails[-1].text)
        assert found is not None
        return found[1].removeprefix(BASE)


@dataclass(slots=True)
class Site:
    """The pages of signing in and of verification, with mail behind them."""

    world: SignInWorld
    inbox: Inbox
    clock: MovableClock
    work: tuple[Relay, Listeners, TaskRunner]

    async def settle(self) -> None:
        """Let mails leave."""
        await all_done(self.world.database, *self.work)

    async def sign_up(self, email: str = NOOR, password: str = PASSWORD) -> Visitor:
        """Sign up, and sign in, in a new browser."""
        browser = self.world.visitor()
        await browser.submit(
            "/sign-up", None, name="Noor", email=email, password=password, next="/console"
        )
        await browser.sign_in(password, email=email)
        await self.settle()
        return browser

    async def is_verified(self, email: str = NOOR) -> bool:
        """Tell whether the address is known to be its person's."""
        async with self.world.database.read() as reader:
            person = await self.world.accounts.person_by_email(reader, email)
        assert person is not None
        return person.email_verified


@pytest.fixture
async def site(
    database: Database, clock: MovableClock, entropy: SeededEntropy
) -> AsyncIterator[Site]:
    """One on each kind of database in turn."""
    async with sign_in_world(database, clock, entropy) as world:
        inbox, bus = Inbox(), MemoryBus()
        links = Links(BASE, "a secret of at least thirty-two characters")
        mails = VerificationMails(world.accounts, Outbox("hire.example"), links)
        courier = Courier(
            db=database, clock=clock, mailer=inbox, composers={KIND: mails.compose}
        )
        work = (
            Relay(database, bus, clock, poll_s=None),
            Listeners(database, bus, clock, [mails.listener()], poll_s=None),
            TaskRunner(db=database, clock=clock, handlers=courier.handlers, poll_s=None),
        )
        pages = VerificationPages(
            database=database,
            clock=clock,
            pages=Pages(["hirewire.accounts.verification"]),
            browser=Browser(world.sessions, BASE),
            accounts=world.accounts,
            links=links,
            mails=mails,
        )
        world.app.routes.extend(Starlette(routes=pages.routes()).routes)
        async with in_background(*(worker.run() for worker in work)):
            yield Site(world, inbox, clock, work)


class TestSignUp:
    @pytest.mark.fidelity("verification.by-mail")
    async def test_is_followed_by_one_mail(self, site: Site) -> None:
        """Who signed up gets a link; who is verified already gets none."""
        await site.sign_up()

        (mail,) = site.inbox.mails
        assert (mail.to.email, mail.subject) == (NOOR, "Confirm your e-mail address")
        assert site.inbox.link().startswith("/verify-email?token=")
        assert site.inbox.link().partition("=")[2] in mail.html
        assert await site.is_verified() is False

    @pytest.mark.fidelity("verification.needs-a-press")
    async def test_the_link_verifies_once_its_button_is_pressed(self, site: Site) -> None:
        """To open the link changes nothing; to press does; and again nothing is to be done."""
        browser = await site.sign_up()

        shown = await browser.get(site.inbox.link())
        opened = await site.is_verified()
        token = site.inbox.link().partition("=")[2]
        answer = await browser.submit("/verify-email", shown, token=token)
        again = await browser.get(site.inbox.link())

        assert "Confirm this address" in shown.text
        assert opened is False
        assert "Confirmed" in answer.text
        assert await site.is_verified() is True
        assert "Confirmed" in again.text
        assert "Confirm this address" not in again.text


class TestStranger:
    @pytest.mark.fidelity("verification.owner-only")
    async def test_needs_the_account_too(self, site: Site) -> None:
        """Who reads the mail, and did not sign up, has to sign in, and verifies nothing."""
        await site.sign_up()
        reader = site.world.visitor()

        answer = await reader.get(site.inbox.link())

        assert answer.status_code == 303
        onward = quote(site.inbox.link(), safe="")
        assert answer.headers["location"] == f"/sign-in?next={onward}"
        assert await site.is_verified() is False

    async def test_cannot_use_the_link_of_another(self, site: Site) -> None:
        """Signed in as somebody else, the link does not work for either of the two."""
        await site.sign_up()
        link = site.inbox.link()
        mallory = await site.sign_up("mallory@people.example")

        shown = await mallory.get(link)
        token = link.partition("=")[2]
        answer = await mallory.submit("/verify-email", shown, token=token)

        assert (shown.status_code, answer.status_code) == (400, 400)
        assert "This link does not work" in answer.text
        assert await site.is_verified() is False
        assert await site.is_verified("mallory@people.example") is False

    async def test_cannot_press_from_another_site(self, site: Site) -> None:
        """A form that we did not show changes nothing."""
        browser = await site.sign_up()
        token = site.inbox.link().partition("=")[2]

        answer = await browser.http.post("/verify-email", data={"token": token, "csrf": "x"})

        assert answer.status_code == 403
        assert await site.is_verified() is False


class TestAgain:
    @pytest.mark.fidelity("verification.again")
    async def test_another_mail_can_be_had_now_and_then(self, site: Site) -> None:
        """An old link does not work; a new one comes when asked for, once in ten minutes."""
        browser = await site.sign_up()
        old = site.inbox.link()
        await site.clock.advance(LIFETIME)
        await browser.sign_in(email=NOOR)

        stale = await browser.get(old)
        for _ in range(3):
            sent = await browser.submit("/verify-email", stale)
        await site.settle()

        assert stale.status_code == 400
        assert "A mail is on its way" in sent.text
        assert len(site.inbox.mails) == 2
        assert site.inbox.link() != old
        shown = await browser.get(site.inbox.link())
        assert "Confirm this address" in shown.text

    async def test_what_waited_until_it_was_verified_does_not_leave(self, site: Site) -> None:
        """A second mail has nothing to ask once the first was answered."""
        browser = await site.sign_up()
        shown = await browser.get(site.inbox.link())
        token = site.inbox.link().partition("=")[2]
        await browser.submit("/verify-email", shown, token=token)

        await site.clock.advance(timedelta(hours=1))
        await browser.submit("/verify-email", shown)
        await site.settle()

        assert len(site.inbox.mails) == 1
