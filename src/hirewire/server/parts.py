"""The composition root: every part, built by hand, in order; nothing else builds parts."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hirewire.accounts.apps.known import KINDS as APP_KINDS
from hirewire.accounts.apps.known import KnownApps
from hirewire.accounts.apps.service import Apps
from hirewire.accounts.passwords import Passwords
from hirewire.accounts.service import Accounts
from hirewire.accounts.sessions import Sessions
from hirewire.accounts.sign_in.browser import Browser
from hirewire.accounts.verification.mails import VerificationMails
from hirewire.console.audit.service import OldEntries, audit_listener
from hirewire.conversations.candidates import CandidateDoor
from hirewire.conversations.people.listener import leavers_listener
from hirewire.conversations.service import Conversations
from hirewire.conversations.typing import Typing
from hirewire.interviews.holding.listener import holders_listener
from hirewire.interviews.lobby.listener import LOBBY_KINDS, Doorbell
from hirewire.interviews.lobby.service import WATCH, Lobby
from hirewire.interviews.moves import HANDLERS
from hirewire.interviews.service import Interviews
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.kit.ids import IdMaker
from hirewire.kit.node_ids import NodeIds
from hirewire.oauth.assertions import Assertions
from hirewire.oauth.discovery import ENDPOINTS, assertion_endpoints
from hirewire.oauth.facts import KeysRotated, TokensRevoked
from hirewire.oauth.grants.model import GrantPolicy
from hirewire.oauth.grants.service import Grants
from hirewire.oauth.keyring import KeyRing
from hirewire.oauth.readiness import ready_keys
from hirewire.oauth.revoked import Revoked
from hirewire.oauth.scopes import widen
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.oauth.token.exchange import TokenPolicy
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.departures import KINDS as DEPARTURE_KINDS
from hirewire.realtime.streams import Streams
from hirewire.realtime.updates import KINDS as UPDATE_KINDS
from hirewire.realtime.updates import Updates
from hirewire.runtime.bus import Bus
from hirewire.runtime.bus import connect as connect_bus
from hirewire.runtime.db import Database
from hirewire.runtime.db import connect as connect_database
from hirewire.runtime.log import Listeners, Log, Relay
from hirewire.runtime.log.epoch import log_epoch
from hirewire.runtime.log.history import History
from hirewire.runtime.log.log import POLL_S as LOG_POLL_S
from hirewire.runtime.mail import Mailer
from hirewire.runtime.tasks import TaskRunner
from hirewire.runtime.tasks.runner import POLL_S as TASKS_POLL_S
from hirewire.server.errors import NoSecretKey
from hirewire.server.housekeeping import SWEEPS, Housekeeping, PruneExpired, PruneFacts
from hirewire.server.logs import Teller
from hirewire.server.mailing import Mailing, build_mailing, smtp_mailer
from hirewire.server.metrics import Metrics
from hirewire.server.page_streams import KINDS as PAGE_KINDS
from hirewire.server.settings import Settings
from hirewire.server.streaming import Doors, Surroundings, open_doors
from hirewire.web.bearer import TokenVerifier
from hirewire.web.pages import Pages
from hirewire.web.streams.hub import Hub

TEMPLATES: Final = (
    "hirewire.accounts.sign_in",
    "hirewire.accounts.verification",
    "hirewire.oauth.authorize",
    "hirewire.console",
    "hirewire.interviews.lobby",
    "hirewire.conversations",
)
"""The packages that have pages."""

HEARD: Final = (
    APP_KINDS
    | LOBBY_KINDS
    | DEPARTURE_KINDS
    | UPDATE_KINDS
    | PAGE_KINDS
    | {TokensRevoked.kind, KeysRotated.kind}
)
"""The kinds of facts that `server.listeners` reacts to; the bus carries no others, but those
that durable listeners name."""


RELAY_POLL_S: Final = 0.5
"""How often is looked for what a program told that relays nothing itself, as a command does:
whoever lost a membership there loses their streams within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """
    What the offline commands need: the database, and what mints.

    A database that *is_shared* with other processes is also looked at now and then, as their
    commits wake nobody here.
    """

    settings: Settings
    clock: Clock
    entropy: Entropy
    ids: IdMaker
    db: Database
    accounts: Accounts
    is_shared: bool

    @property
    def node_ids(self) -> NodeIds:
        """What mints and reads the ids of GraphQL."""
        return NodeIds(host_of(self.settings))

    def keys(self) -> Keys:
        """
        Open the signing keys.

        Raises:
            NoSecretKey: the settings have none to open them with.
        """
        if not self.settings.secret_key:
            raise NoSecretKey
        seal = Seal(self.settings.secret_key, self.entropy)
        return Keys(seal=seal, entropy=self.entropy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a running server consists of."""

    settings: Settings
    clock: Clock
    entropy: Entropy
    ids: IdMaker
    node_ids: NodeIds
    metrics: Metrics
    db: Database
    bus: Bus
    log: Log
    relay: Relay
    house: Housekeeping
    tasks: TaskRunner
    listeners: Listeners
    hub: Hub
    accounts: Accounts
    known_apps: KnownApps
    passwords: Passwords
    sessions: Sessions
    browser: Browser
    verification: VerificationMails
    pages: Pages
    keys: Keys
    key_ring: KeyRing
    revoked: Revoked
    grants: Grants
    assertions: Assertions
    token_policy: TokenPolicy
    verifier: TokenVerifier
    interviews: Interviews
    lobby: Lobby
    doorbell: Doorbell
    typing: Typing
    streams: Streams
    doors: Doors

    @property
    def conversations(self) -> Conversations:
        return self.typing.conversations


@asynccontextmanager
async def open_store(
    settings: Settings, *, clock: Clock, entropy: Entropy, is_shared: bool = True
) -> AsyncIterator[Store]:
    """Open the database, as it is."""
    ids = IdMaker(clock, entropy)
    db = await connect_database(settings.database, clock=clock, new_id=ids.new)
    try:
        yield Store(
            settings=settings,
            clock=clock,
            entropy=entropy,
            ids=ids,
            db=db,
            accounts=Accounts(Apps(entropy)),
            is_shared=is_shared,
        )
    finally:
        await db.close()


@asynccontextmanager
async def open_parts(store: Store, mailer: Mailer | None = None) -> AsyncIterator[Parts]:
    """
    Build a server's parts on *store*, whose settings know their URLs (`Settings.at`).
    Mail leaves by *mailer*, or else by the mail server of the settings.

    Raises:
        DatabaseBehind, DatabaseTooNew: the schema is not this program's.
        BusUnavailable: the bus cannot be reached.
    """
    settings, clock, db = store.settings, store.clock, store.db
    async with AsyncExitStack() as stack:
        await db.ready()
        metrics, mailing = _mailing(store, mailer or smtp_mailer(settings))
        known_apps = _known_apps(stack, db, clock)
        hub, revoked = await _hub(stack, store)
        key_ring = await _key_ring(store, keys := store.keys())
        sessions = _sessions(store)
        lobby = Lobby(store.entropy)
        work = await _work(stack, store, lobby, mailing, metrics)
        accounts = Accounts(Apps(store.entropy, known_apps))
        verifier = _verifier(store, key_ring, revoked)
        streams = await _streams(store, hub)
        opening = _doors(store, work.bus, accounts, verifier, streams=streams, metrics=metrics)
        doors = stack.enter_context(opening)
        yield Parts(
            settings=settings,
            clock=clock,
            entropy=store.entropy,
            ids=store.ids,
            node_ids=store.node_ids,
            metrics=_watched(metrics, stack, db, hub),
            db=db,
            bus=work.bus,
            log=work.log,
            relay=work.relay,
            house=work.house,
            tasks=work.tasks,
            listeners=work.listeners,
            hub=hub,
            accounts=accounts,
            known_apps=known_apps,
            passwords=_passwords(stack, store),
            sessions=sessions,
            browser=Browser(sessions, settings.base_url),
            verification=mailing.verification,
            pages=Pages(TEMPLATES),
            keys=keys,
            key_ring=key_ring,
            revoked=revoked,
            grants=_grants(store),
            assertions=_assertions(store),
            token_policy=_token_policy(settings),
            verifier=verifier,
            interviews=_interviews(store),
            lobby=lobby,
            doorbell=Doorbell(hub),
            typing=_typing(store, doors),
            streams=streams,
            doors=doors,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What goes on behind the requests."""

    bus: Bus
    log: Log
    relay: Relay
    house: Housekeeping
    tasks: TaskRunner
    listeners: Listeners


async def _work(
    stack: AsyncExitStack, store: Store, lobby: Lobby, mailing: Mailing, metrics: Metrics
) -> _Work:
    settings, clock, db = store.settings, store.clock, store.db
    house = _house(settings)
    handlers = house.handlers | HANDLERS | mailing.handlers | {WATCH: lobby.watch}
    durable = (
        audit_listener(),
        leavers_listener(store.accounts),
        holders_listener(),
        *mailing.listeners,
    )
    bus = await connect_bus(settings.bus)
    stack.push_async_callback(bus.close)
    poll_s = LOG_POLL_S if store.is_shared else None
    relay_poll_s = RELAY_POLL_S if store.is_shared else None
    tasks_poll_s = TASKS_POLL_S if store.is_shared else None
    kinds = HEARD.union(*(listener.kinds for listener in durable))
    listeners = Listeners(
        db, bus, clock, durable, poll_s, settings.listener_tries, metrics.put_aside
    )
    aside = metrics.gauge("parked_facts", "Facts that are parked, when last looked.")
    aside.set_function(lambda: listeners.parked)
    return _Work(
        bus=bus,
        log=Log(db, bus, clock, poll_s, kinds),
        relay=Relay(db, bus, clock, settings.is_bus_shared, relay_poll_s, kinds),
        house=house,
        tasks=TaskRunner(db=db, clock=clock, handlers=handlers, poll_s=tasks_poll_s),
        listeners=listeners,
    )


def _mailing(store: Store, mailer: Mailer | None) -> tuple[Metrics, Mailing]:
    metrics = Metrics()
    mailing = build_mailing(
        store.settings,
        store.db,
        store.clock,
        accounts=store.accounts,
        mailer=mailer,
        on_settled=metrics.settled,
    )
    return metrics, mailing


def _interviews(store: Store) -> Interviews:
    past = timedelta(hours=store.settings.interview_past_start_h)
    return Interviews(store.accounts, store.entropy, past)


def _token_policy(settings: Settings) -> TokenPolicy:
    return TokenPolicy(
        issuer=settings.issuer,
        url=settings.base_url + ENDPOINTS["token_endpoint"],
        employer_access_required=settings.employer_needs_scope,
    )


def _verifier(store: Store, key_ring: KeyRing, revoked: Revoked) -> TokenVerifier:
    return TokenVerifier(
        key_ring.find,
        store.settings.issuer,
        store.clock,
        base_url=store.settings.base_url,
        revoked=revoked.ids,
        widen=widen,
    )


def _passwords(stack: AsyncExitStack, store: Store) -> Passwords:
    passwords = Passwords(store.entropy)
    stack.callback(passwords.close)
    return passwords


def _sessions(store: Store) -> Sessions:
    lifetime = timedelta(hours=store.settings.session_lifetime_h)
    return Sessions(store.entropy, store.clock, lifetime)


def _house(settings: Settings) -> Housekeeping:
    old_entries = OldEntries(timedelta(days=settings.audit_retention_days))
    return Housekeeping(
        facts=PruneFacts(timedelta(days=settings.fact_retention_days)),
        expired=PruneExpired((*SWEEPS, old_entries)),
    )


def _known_apps(stack: AsyncExitStack, db: Database, clock: Clock) -> KnownApps:
    known = KnownApps(clock)
    db.committed.append(known.committed)
    stack.callback(db.committed.remove, known.committed)
    return known


async def _streams(store: Store, hub: Hub) -> Streams:
    """Make what opens streams, and what feeds them; a log without a name is given one."""
    epoch = await log_epoch(store.db, store.entropy)
    updates = Updates(store.node_ids)
    cursors = Cursors(store.settings.secret_key, epoch, store.clock)
    return Streams(
        hub=hub,
        announcer=Announcer(hub, updates, cursors, store.clock),
        cursors=cursors,
        history=History(store.db),
        clock=store.clock,
        log=Teller("realtime"),
    )


def _doors(
    store: Store,
    bus: Bus,
    accounts: Accounts,
    tokens: TokenVerifier,
    *,
    streams: Streams,
    metrics: Metrics,
) -> AbstractContextManager[Doors]:
    return open_doors(
        Surroundings(
            settings=store.settings,
            clock=store.clock,
            entropy=store.entropy,
            ids=store.ids,
            node_ids=store.node_ids,
            db=store.db,
            bus=bus,
            accounts=accounts,
            tokens=tokens,
            streams=streams,
            metrics=metrics,
        )
    )


def _typing(store: Store, doors: Doors) -> Typing:
    conversations = Conversations(store.accounts, CandidateDoor(store.entropy))
    return Typing(conversations=conversations, clock=store.clock, tell=doors.typing.tell)


def _watched(metrics: Metrics, stack: AsyncExitStack, db: Database, hub: Hub) -> Metrics:
    db.committed.append(metrics.told)
    stack.callback(db.committed.remove, metrics.told)
    streams = metrics.gauge("streams_open", "Event streams open now.")
    streams.set_function(lambda: hub.open_streams)
    return metrics


async def _hub(stack: AsyncExitStack, store: Store) -> tuple[Hub, Revoked]:
    """Know what is revoked before the first request, and of what this process revokes."""
    revoked = Revoked(store.clock)
    hub = Hub(store.clock, store.entropy.fraction, revoked.ids)
    revoked.listeners.append(hub.close_held)
    store.db.committed.append(revoked.committed)
    stack.callback(store.db.committed.remove, revoked.committed)
    async with store.db.read() as reader:
        await revoked.load(reader)
    return hub, revoked


async def _key_ring(store: Store, keys: Keys) -> KeyRing:
    """Load the signing keys, after making the first ones where there are none."""
    key_ring = KeyRing(store.clock, keys.seal)
    await ready_keys(store.db, keys, key_ring)
    return key_ring


def _grants(store: Store) -> Grants:
    grace = timedelta(seconds=store.settings.refresh_grace_s)
    return Grants(store.entropy, GrantPolicy(refresh_grace=grace))


def _assertions(store: Store) -> Assertions:
    settings = store.settings
    return Assertions(store.clock, settings.issuer, assertion_endpoints(settings.base_url))


def host_of(settings: Settings) -> str:
    """Return the host that node ids name."""
    return settings.site
