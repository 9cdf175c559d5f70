"""The throttle: guessing slows down, and nobody is locked out by somebody else for long."""

import asyncio
import json
from datetime import timedelta

import pytest

from hirewire.accounts.sign_in import throttle
from hirewire.accounts.sign_in.service import prune_sign_ins
from hirewire.accounts.sign_in.throttle import Limit
from hirewire.kit.clock import MovableClock
from hirewire.runtime.db.database import Database
from tests.accounts.sign_in.world import EMAIL, WRONG, SignInWorld
from tests.accounts.world import facts
from tests.fixtures.database import OpenDatabase

LIMIT = Limit("account", "abc", 5)


async def _take(database: Database, limit: Limit = LIMIT) -> float:
    async with database.unit() as uow:
        return await throttle.take(uow, (limit,), None)


async def _throttled(database: Database) -> list[dict[str, object]]:
    return [
        json.loads(body)
        for kind, body in await facts(database)
        if kind == "person.sign_in_throttled"
    ]


class TestThrottle:
    @pytest.mark.fidelity("sign-in.throttle.grows")
    async def test_makes_each_wait_longer(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        Five are free; then the wait doubles from two seconds to a quarter of an hour.
        """
        free = [await _take(database) for _ in range(5)]
        waits = []
        for _ in range(11):
            waits.append(await _take(database))
            await clock.advance(timedelta(seconds=waits[-1]))
            assert await _take(database) == 0

        assert free == [0, 0, 0, 0, 0]
        assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]

    @pytest.mark.fidelity("sign-in.throttle.bounded")
    async def test_does_not_count_who_knocks_meanwhile(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        The wait is over when it said, however often somebody tried in between.
        """
        for _ in range(7):
            await clock.advance(timedelta(seconds=await _take(database)))
        first = await _take(database)

        knocks = [await _take(database) for _ in range(50)]

        assert set(knocks) == {first}
        await clock.advance(timedelta(seconds=first))
        assert await _take(database) == 0

    async def test_counts_those_at_once_one_after_the_other(self, database: Database) -> None:
        """
        Twenty attempts at one moment are five attempts, and fifteen that have to wait.
        """
        waits = await asyncio.gather(*(_take(database) for _ in range(20)))

        assert sorted(waits) == [0.0] * 5 + [2.0] * 15

    async def test_is_shared_by_processes(
        self, database: Database, open_database: OpenDatabase
    ) -> None:
        """
        Another process knows what failed here.
        """
        for _ in range(5):
            await _take(database)

        assert await _take(await open_database()) == 2

    async def test_forgets_after_a_quiet_hour(
        self, database: Database, clock: MovableClock
    ) -> None:
        """
        An hour after the last failure the count begins anew, and its row is swept.
        """
        for _ in range(5):
            await _take(database)

        await clock.advance(timedelta(hours=1))
        again = [await _take(database) for _ in range(5)]
        await clock.advance(timedelta(hours=1))
        async with database.unit() as uow:
            removed = await prune_sign_ins(uow, 10)

        assert again == [0, 0, 0, 0, 0]
        assert removed == 1

    @pytest.mark.fidelity("sign-in.throttle.fact")
    async def test_is_told_once_a_window(self, database: Database, clock: MovableClock) -> None:
        """
        The log hears of it at the first refusal, and again only when the window is over.
        """
        for _ in range(9):
            await _take(database)
        once = await _throttled(database)
        await clock.advance(timedelta(hours=1))
        for _ in range(9):
            await _take(database)

        told = {
            "employer_id": None,
            "person_id": None,
            "limited": "account",
            "key_digest": "abc",
        }
        assert once == [told]
        assert await _throttled(database) == [told, told]

    @pytest.mark.parametrize(
        ("one", "other", "is_one"),
        [
            ("192.0.2.1", "::ffff:192.0.2.1", True),
            ("192.0.2.1", "192.0.2.2", False),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("", "testclient", False),
        ],
    )
    def test_counts_a_network_as_one_client(
        self, one: str, other: str, *, is_one: bool
    ) -> None:
        """
        Somebody with IPv6 has a /64 to call from, and counts once.
        """
        limits = [throttle.limits_of_client(host) for host in (one, other)]

        assert (limits[0] == limits[1]) is is_one

    @pytest.mark.fidelity("sign-in.throttle.behind-a-proxy")
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
    def test_counts_nobody_together_behind_a_proxy(self, host: str) -> None:
        """
        A proxy on this machine is everybody's address, and no network of anybody.
        """
        assert throttle.limits_of_client(host) == ()
        assert throttle.limits_of_sign_ups(host) == ()


class TestSigningIn:
    @pytest.mark.fidelity("sign-in.throttle.account", "sign-in.throttle.page")
    async def test_waits_after_five_failures(
        self, site: SignInWorld, clock: MovableClock
    ) -> None:
        """
        The sixth attempt gets a page that says how long, and even the right password waits.
        """
        for host in range(5):
            await site.visitor(f"192.0.2.{host}").sign_in(WRONG)

        refused = await site.visitor("192.0.2.9").sign_in()
        await clock.advance(timedelta(seconds=2))
        let_in = await site.visitor("192.0.2.9").sign_in()

        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert "Too many attempts: try again in 2 seconds." in refused.text
        assert f'value="{EMAIL}"' in refused.text
        assert len(site.passwords.verified) == 6
        assert let_in.status_code == 303
        [told] = await _throttled(site.database)
        assert told["person_id"] == str(site.person.id)
        assert EMAIL not in json.dumps(told)

    async def test_waits_for_an_unknown_address_too(self, site: SignInWorld) -> None:
        """
        Whether somebody has the address cannot be told by the wait.
        """
        email = "ida@alpenblick.example"
        answers = [await site.visitor().sign_in(WRONG, email=email) for _ in range(6)]

        assert [answer.status_code for answer in answers] == [400] * 5 + [429]
        [told] = await _throttled(site.database)
        assert told["person_id"] is None

    @pytest.mark.fidelity("sign-in.throttle.known-browser")
    async def test_lets_a_person_in_whom_strangers_attack(self, site: SignInWorld) -> None:
        """
        What strangers fail at, even from the same network, does not count in a browser where
        the person was before.
        """
        own = site.visitor()
        await own.sign_in()
        [client] = throttle.limits_of_client("192.0.2.1")
        for _ in range(31):
            await _take(site.database, client)
        for host in range(6):
            stranger = await site.visitor(f"198.51.100.{host}").sign_in(WRONG)

        answer = await own.sign_in()

        assert stranger.status_code == 429
        assert answer.status_code == 303

    @pytest.mark.fidelity("sign-in.throttle.client")
    async def test_waits_for_a_client_that_tries_many_accounts(self, site: SignInWorld) -> None:
        """
        Thirty failures from one network, and the next account has to wait as well.
        """
        [limit] = throttle.limits_of_client("192.0.2.1")
        for _ in range(29):
            await _take(site.database, limit)

        last = await site.visitor().sign_in(WRONG)
        refused = await site.visitor().sign_in(WRONG, email="ida@alpenblick.example")
        elsewhere = await site.visitor("192.0.2.2").sign_in()

        answers = (last, refused, elsewhere)
        assert [answer.status_code for answer in answers] == [400, 429, 303]

    async def test_counts_no_success(self, site: SignInWorld) -> None:
        """
        Signing in clears the account's failures, and takes the attempt off the client's.
        """
        for _ in range(4):
            await site.visitor().sign_in(WRONG)
        await site.visitor().sign_in()

        async with site.database.read() as reader:
            left = await reader.all(
                lambda key, failures: (key.partition(":")[0], failures),
                "SELECT key, failures FROM sign_in_failures",
            )
        assert left == [("client", 4)]
