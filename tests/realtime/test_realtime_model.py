"""The filter, the topics, and the UUID that tells a time."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy
from hirewire.kit.ids import IdMaker
from hirewire.realtime.errors import RepeatedEventTypes, UnknownEventType
from hirewire.realtime.model import topic_of, update_uuid, wanted_event_types

AT = datetime(2024, 12, 5, 21, 0, 6, 682_000, tzinfo=UTC)
FACT = UUID("01939838-9d0a-7abc-8123-456789abcdef")
KNOWN = (
    "new-message",
    "message-edited",
    "message-deleted",
    "messages-read",
    "conversation-started",
    "typing",
)
GREGORIAN_START = datetime(1582, 10, 15, tzinfo=UTC)


def moment_in(uuid: UUID) -> datetime:
    """Read the time of a version-1 UUID with the standard library."""
    return GREGORIAN_START + timedelta(microseconds=uuid.time // 10)


class TestWantedEventTypes:
    def test_all_by_default(self) -> None:
        """
        Without the parameter nothing is filtered.
        """
        assert wanted_event_types([]) is None

    @pytest.mark.parametrize("given", ["new-message", "new-message,new-message"])
    def test_reads_a_list(self, given: str) -> None:
        """
        The items between the commas are the wanted types.
        """
        assert wanted_event_types([given]) == frozenset({"new-message"})

    @pytest.mark.fidelity("realtime.filter.refuses-unknown-types")
    @pytest.mark.parametrize(
        ("given", "culprit"),
        [
            ("", ""),
            (",", ""),
            ("new-message,", ""),
            (",new-message", ""),
            ("new-message,,new-message", ""),
            ("heartbeat", "heartbeat"),
            ("New-Message", "New-Message"),
            (" new-message", " new-message"),
            ("new-message,read-marker", "read-marker"),
            ("x" * 5000, "x" * 100),
        ],
    )
    def test_refuses_what_is_never_sent(self, given: str, culprit: str) -> None:
        """
        An empty or unknown item is refused by its name, cut to a readable length.
        """
        with pytest.raises(UnknownEventType) as refusal:
            wanted_event_types([given])

        assert (refusal.value.event_type, refusal.value.known) == (culprit, KNOWN)

    def test_refuses_two_lists(self) -> None:
        """
        The parameter is given once.
        """
        with pytest.raises(RepeatedEventTypes):
            wanted_event_types(["new-message", "new-message"])


class TestTopicOf:
    def test_names_the_employer(self) -> None:
        """
        A topic is the employer's id as the wire spells it.
        """
        assert topic_of(UUID(int=10)) == "employer:0000000000000000000000000000000a"


class TestUpdateUuid:
    @pytest.mark.fidelity("realtime.message-update.uuid-tells-the-time")
    def test_is_a_version_1_uuid_of_the_moment(self) -> None:
        """
        The standard library reads version, variant and the very moment from it.
        """
        uuid = update_uuid(FACT, AT)

        assert (uuid.version, uuid.variant, moment_in(uuid)) == (1, RFC_4122, AT)
        assert str(uuid) == "e7eddfa0-b34b-11ef-8123-456789abcdef"

    def test_is_a_function_of_the_fact(self) -> None:
        """
        Two processes give one fact one UUID, and two facts of one moment two.
        """
        ids = IdMaker(MovableClock(AT, frozen=True), SeededEntropy(7))
        facts = [ids.new() for _ in range(1000)]

        first = [update_uuid(fact, AT) for fact in facts]
        again = [update_uuid(fact, AT) for fact in facts]

        assert first == again
        assert len(set(first)) == 1000

    @given(
        fact=st.uuids(version=4),
        at=st.datetimes(
            min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
            max_value=datetime(2400, 1, 1),  # noqa: DTZ001
            timezones=st.just(UTC),
        ),
    )
    def test_never_claims_a_real_network_card(self, fact: UUID, at: datetime) -> None:
        """
        Whatever the fact, the time is exact and the node is marked as random.
        """
        uuid = update_uuid(fact, at)

        assert moment_in(uuid) == at
        assert (uuid.node >> 40) & 1 == 1
