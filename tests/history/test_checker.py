"""The history checker finds each fault that it is there to find, and no other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.history.checker import Fault, Report, check
from tests.history.records import Client, Connection, Frame, Said, Verdict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def update_of(number: int, *, employer: str = "acme", event_type: str = "new-message") -> Said:
    return Said(UUID(int=number), employer, event_type, NOON + timedelta(seconds=number))


AGAIN = Verdict(is_recovered=True, replayed=0)
LOG = [update_of(number) for number in range(10)]


def update(number: int, id: str | None = "") -> Frame:
    return Frame("message-update", f"u{number}" if id == "" else id, UUID(int=number))


def beat(id: str | None) -> Frame:
    return Frame("heartbeat", id)


def opened(id: str, verdict: Verdict | None = None) -> list[Frame]:
    """The three events that a stream begins with."""
    return [
        Frame("connection-metadata", id, verdict=verdict),
        Frame("realtime-connection-config", id),
        beat(id),
    ]


def first(*numbers: int) -> Connection:
    return Connection(frames=[*opened("start"), *map(update, numbers)])


def back(asked: str, replayed: int, *numbers: int, said: int | None = None) -> Connection:
    verdict = Verdict(is_recovered=True, replayed=replayed)
    frames = [*opened(asked, verdict), *map(update, numbers)]
    return Connection(asked=asked, frames=frames, said=said)


def checked(*connections: Connection, log: Sequence[Said] = LOG) -> Report:
    return check(log, [client(*connections)])


def client(*connections: Connection, since: int | None = 0) -> Client:
    return Client(
        name="ada", employers=frozenset({"acme"}), since=since, connections=list(connections)
    )


class TestGoodHistories:
    def test_finds_nothing_where_all_came_once(self) -> None:
        """
        Over three connections, of which one brought nothing.
        """
        report = checked(
            first(0, 1, 2), back("u2", 3, 3, 4, 5), back("u5", 0), back("u5", 4, 6, 7, 8, 9)
        )

        assert report.faults == {}
        assert (report.deliveries, report.connections) == (10, 4)
        assert report.verdicts == {"recovered": 3}
        assert (report.replayed, report.longest_replay) == (7, 4)

    def test_goes_on_from_the_cursor_of_a_heartbeat(self) -> None:
        """
        It stands for all that came before it.
        """
        begun = first(0, 1)
        begun.frames.append(beat("later"))

        report = checked(begun, back("later", 8, *range(2, 10)))

        assert report.faults == {}

    def test_lets_an_older_cursor_bring_things_again(self) -> None:
        """
        Who asks from there is sent it once more.
        """
        report = checked(first(0, 1, 2, 3), back("u1", 8, *range(2, 10)))

        assert report.faults == {}

    def test_asks_nobody_for_what_they_may_not_see(self) -> None:
        """
        Other employers' updates, and other event types, are not due.
        """
        log = [
            update_of(0),
            update_of(1, employer="globex"),
            update_of(2, event_type="messages-read"),
        ]
        reader = Client(
            name="ada",
            employers=frozenset({"acme"}),
            event_types=frozenset({"new-message"}),
            connections=[first(0)],
        )

        assert check(log, [reader]).faults == {}

    def test_asks_for_nothing_before_a_client_was_there(self) -> None:
        """
        Neither where the place is known nor where it is not.
        """
        late = client(first(4, 5, 6, 7, 8, 9), since=4)
        unknown = client(first(7, 8, 9), since=None)

        assert check(LOG, [late, unknown]).faults == {}

    def test_excuses_what_an_expired_cursor_cost(self) -> None:
        """
        With that verdict the stream goes on anywhere, and loses nothing from there on.
        """
        verdict = Verdict(is_recovered=False, replayed=0, reason="expired")
        again = Connection(
            asked="u1", fault="expired", frames=[*opened("now", verdict), update(8), update(9)]
        )

        report = checked(first(0, 1), again)

        assert report.faults == {}
        assert report.verdicts == {"expired": 1}

    def test_lets_a_forged_cursor_bring_things_again(self) -> None:
        """
        The node that it comes to may not be as far as the one before.
        """
        verdict = Verdict(is_recovered=False, replayed=0, reason="unknown_cursor")
        again = Connection(
            asked="forged",
            fault="unknown_cursor",
            frames=[*opened("now", verdict), *map(update, range(3, 10))],
        )

        assert checked(first(*range(5)), again).faults == {}

    def test_does_not_count_connections_that_did_not_open(self) -> None:
        """
        Who got no event has no history there.
        """
        report = checked(first(*range(5)), Connection(asked="u4"), back("u4", 5, *range(5, 10)))

        assert report.faults == {}
        assert report.connections == 2


class TestUpdates:
    @pytest.mark.parametrize(
        "connections",
        [
            [first(0, 1, 2, 4, 5, 6, 7, 8, 9)],
            [first(1, 2, 3, 4, 5, 6, 7, 8, 9)],
            [first(0, 1, 2, 3, 4, 5, 6, 7, 8)],
            [first(0, 1, 2, 3), back("u3", 5, 4, 5, 6, 7, 9)],
        ],
        ids=["in the middle", "the first", "the last", "after coming back"],
    )
    def test_finds_a_lost_one(self, connections: list[Connection]) -> None:
        """
        Wherever it is missing.
        """
        assert checked(*connections).faults == {Fault.LOST: 1}

    def test_finds_what_fell_between_two_connections(self) -> None:
        """
        A verdict that says recovered, and a gap.
        """
        report = checked(first(0, 1), back("u1", 6, 4, 5, 6, 7, 8, 9))

        assert report.faults == {Fault.GAP: 1, Fault.LOST: 2}

    @pytest.mark.parametrize(
        "connections",
        [
            [first(0, 1, 1, *range(2, 10))],
            [first(0, 1, 2), back("u2", 7, 2, *range(3, 10))],
        ],
        ids=["at once", "after coming back"],
    )
    def test_finds_a_doubled_one(self, connections: list[Connection]) -> None:
        """
        In one connection, or in the next.
        """
        assert checked(*connections).faults == {Fault.DOUBLED: 1}

    def test_finds_two_that_changed_places(self) -> None:
        """
        None is lost, and none doubled.
        """
        assert checked(first(0, 2, 1, *range(3, 10))).faults == {Fault.MISORDERED: 1}

    def test_finds_what_was_never_said_to_this_client(self) -> None:
        """
        An update of nobody's, and one of another employer's.
        """
        log = [update_of(0), update_of(1, employer="globex")]

        report = checked(first(0, 1, 99), log=log)

        assert report.faults == {Fault.STRANGE: 2}

    def test_finds_one_update_under_two_ids(self) -> None:
        """
        Whoever heard it, and wherever.
        """
        other = first(*range(9))
        other.frames.append(update(9, "else"))

        report = check(LOG, [client(first(*range(10))), client(other)])

        assert report.faults == {Fault.OTHER_ID: 1}

    @pytest.mark.parametrize(("again", "fault"), [(5, Fault.DOUBLED), (7, Fault.LOST)])
    def test_holds_a_signal_to_its_cursor(self, again: int, fault: Fault) -> None:
        """
        It stands for all that came before it, and for nothing that comes after.
        """
        before = first(*range(6))
        before.frames.append(Frame("typing", "signal"))
        well = checked(before, back("signal", 4, *range(6, 10)))

        ill = checked(before, back("signal", 10 - again, *range(again, 10)))

        assert well.faults == {}
        assert ill.faults[fault] == 1

    @pytest.mark.parametrize(
        "frame",
        [
            update(9, None),
            Frame("typing"),
            Frame("realtime-connection-config"),
            Frame("connection-metadata"),
        ],
    )
    def test_finds_an_event_without_an_id(self, frame: Frame) -> None:
        """
        Each update has one, and the first events of a stream.
        """
        whole = first(*range(9)) if frame.uuid else first(*range(10))
        whole.frames.append(frame)

        assert checked(whole).faults[Fault.WITHOUT_ID] == 1

    def test_lets_other_events_of_a_replay_have_none(self) -> None:
        """
        Who is still replayed to has no place that a heartbeat or a farewell could tell.
        """
        whole = first(*range(10))
        whole.frames += [beat(None), Frame("reconnect")]

        assert checked(whole).faults == {}


class TestVerdicts:
    def test_finds_none_where_there_has_to_be_one(self) -> None:
        """
        Who asked with a cursor has to be told.
        """
        again = Connection(asked="u4", frames=[*opened("u4"), *map(update, range(5, 10))])

        assert checked(first(*range(5)), again).faults == {Fault.NO_VERDICT: 1}

    def test_finds_one_where_nobody_asked(self) -> None:
        """
        Who came without a cursor has nothing to be told.
        """
        begun = Connection(
            frames=[*opened("start", Verdict(is_recovered=True, replayed=0))]
            + [update(number) for number in range(10)]
        )

        assert checked(begun).faults == {Fault.SPARE_VERDICT: 1}

    def test_finds_a_second_one(self) -> None:
        """
        One verdict for one connection.
        """
        again = back("u4", 5, *range(5, 10))
        again.frames.append(Frame("connection-metadata", "u9", verdict=AGAIN))

        assert checked(first(*range(5)), again).faults == {Fault.SPARE_VERDICT: 1}

    def test_finds_that_more_was_promised_than_there_is(self) -> None:
        """
        There were five to be replayed.
        """
        report = checked(first(*range(5)), back("u4", 6, *range(5, 10)))

        assert report.faults == {Fault.MISCOUNTED: 1}

    def test_finds_that_more_was_promised_than_came_before_it_was_live(self) -> None:
        """
        A heartbeat with an id ends the replay.
        """
        again = back("u4", 3, 5, 6)
        again.frames += [beat("live"), *map(update, range(7, 10))]

        assert checked(first(*range(5)), again).faults == {Fault.MISCOUNTED: 1}

    def test_finds_that_what_was_said_later_was_counted(self) -> None:
        """
        What was said after the stream opened came live.
        """
        again = back("u4", 3, *range(5, 10))
        again.opened_at = update_of(6).at

        assert checked(first(*range(5)), again).faults == {Fault.MISCOUNTED: 1}

    @pytest.mark.parametrize("replayed", [4, 6])
    def test_counts_exactly_where_all_was_at_rest(self, replayed: int) -> None:
        """
        Then the rest is what is replayed.
        """
        again = back("u4", replayed, *range(5, 10), said=10)

        assert checked(first(*range(5)), again).faults == {Fault.MISCOUNTED: 1}

    @pytest.mark.parametrize("reason", ["expired", "unknown_cursor", None])
    def test_finds_that_a_good_cursor_was_refused(self, reason: str | None) -> None:
        """
        Not recovered needs a reason that there is.
        """
        verdict = Verdict(is_recovered=False, replayed=0, reason=reason)
        again = Connection(asked="u8", frames=[*opened("now", verdict), update(9)])

        assert checked(first(*range(9)), again).faults == {Fault.NOT_RECOVERED: 1}

    def test_finds_that_an_expired_cursor_was_taken(self) -> None:
        """
        Nobody can vouch for what came after it.
        """
        again = back("u4", 5, *range(5, 10))
        again.fault = "expired"

        assert checked(first(*range(5)), again).faults == {Fault.FALSELY_RECOVERED: 1}

    def test_finds_that_something_is_replayed_though_not_recovered(self) -> None:
        """
        Such a stream begins with what comes next.
        """
        verdict = Verdict(is_recovered=False, replayed=2, reason="expired")
        again = Connection(
            asked="u8", fault="expired", frames=[*opened("x", verdict), update(9)]
        )

        assert checked(first(*range(9)), again).faults == {Fault.MISCOUNTED: 1}

    def test_finds_a_cursor_that_no_event_had(self) -> None:
        """
        Then the client is at fault, and its history proves nothing.
        """
        report = checked(first(*range(5)), back("forged", 5, *range(5, 10)))

        assert report.faults == {Fault.STRANGE_CURSOR: 1}


class TestReport:
    def test_says_where_faults_are(self) -> None:
        """
        In words, some of them.
        """
        report = checked(first(0, 1, 1, *range(2, 9)))

        assert report.examples == [
            "ada, connection 0: doubled (1)",
            "ada, at the end: lost (1)",
        ]
