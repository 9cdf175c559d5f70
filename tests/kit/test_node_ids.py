"""Tests of the opaque ids of the GraphQL APIs."""

from base64 import b64encode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.kit.node_ids import BadNodeId, NodeIds

NODE_IDS = NodeIds("apis.hirewire.test")
RESCHEDULED = UUID("3f372a37-9529-446b-bd98-5dbc8c057c84")


def encoded(plain: str) -> str:
    return b64encode(plain.encode()).decode()


class TestMinted:
    @pytest.mark.fidelity("kit.node-ids.minted")
    def test_names_the_host_the_type_and_the_row(self) -> None:
        """We mint the padded base64 of an IRI of our own host."""
        minted = NODE_IDS.mint("EmployerJob", RESCHEDULED)

        assert minted == encoded(f"iri://apis.hirewire.test/EmployerJob/{RESCHEDULED}")
        assert len(minted) % 4 == 0

    @given(st.uuids(), st.sampled_from(["VirtualInterviewEvent", "EmployerJob", "A"]))
    def test_is_read_back(self, id: UUID, type_name: str) -> None:
        """Every id comes back, with its padding and without."""
        minted = NODE_IDS.mint(type_name, id)

        assert NODE_IDS.read(type_name, minted) == id
        assert NODE_IDS.read(type_name, minted.rstrip("=")) == id


class TestDocumentedForms:
    @pytest.mark.fidelity("kit.node-ids.seed-001-iri")
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                (
                    "aXJpOi8vYXBpcy5pbmRlZWQuY29tL1ZpcnR1YWxJbnRlcnZpZXdFdmVudC8zZjM3MmEzNy05NT"
                    "I5LTQ0NmItYmQ5OC01ZGJjOGMwNTdjODQ="
                ),
                RESCHEDULED,
            ),
            (
                (
                    "aXJpOi8vYXBpcy5pbmRlZWQuY29tL1ZpcnR1YWxJbnRlcnZpZXdFdmVudC9jMGNiZmNmMy05Nj"
                    "FhLTRiNmYtYTE5OS1lNDA0M2Y0MDE2Y2Y="
                ),
                UUID("c0cbfcf3-961a-4b6f-a199-e4043f4016cf"),
            ),
        ],
    )
    def test_interview_ids_of_the_guide_are_read(self, text: str, expected: UUID) -> None:
        """The ids in the Interview API's examples name their host, type and UUID."""
        assert NODE_IDS.read("VirtualInterviewEvent", text) == expected

    @pytest.mark.fidelity("kit.node-ids.bare-uuid")
    @pytest.mark.parametrize("spell", [str.lower, str.upper])
    def test_a_bare_uuid_is_read(self, spell: type[str]) -> None:
        """The guide's other examples give the UUID alone."""
        assert NODE_IDS.read("VirtualInterviewEvent", spell(str(RESCHEDULED))) == RESCHEDULED

    @pytest.mark.fidelity("kit.node-ids.seed-002-iri")
    def test_the_job_id_of_the_response_example_is_read(self) -> None:
        """The Job Update API's long form is an IRI too."""
        text = (
            "aXJpOi8vYXBpcy5pbmRlZWQuY29tL0VtcGxveWVySm9iLzkxZGU0ZjVhLWE1MWYtNGQ1Ni1iOWI0LW"
            "NhMDQzZWVjNDAzMQ=="
        )

        found = NODE_IDS.read("EmployerJob", text)

        assert found == UUID("91de4f5a-a51f-4d56-b9b4-ca043eec4031")

    @pytest.mark.fidelity("kit.node-ids.seed-002-urn")
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                (
                    "dXJuOmluZGVlZDplbXBsb3llcmpvYjphMWIyYzNkNC1lNWY2LTc4OTAtYWJjZC1lZjEyMzQ1Njc4"
                    "OTA="
                ),
                UUID("a1b2c3d4-e5f6-7890-abcd-ef1234567890"),
            ),
            (
                (
                    "dXJuOmluZGVlZDplbXBsb3llcmpvYjpiMmMzZDRlNS1mNmE3LTg5MDEtYmNkZS1mMjM0NTY3ODkw"
                    "MTI="
                ),
                UUID("b2c3d4e5-f6a7-8901-bcde-f23456789012"),
            ),
            (
                (
                    "dXJuOmluZGVlZDplbXBsb3llcmpvYjpjM2Q0ZTVmNi1hN2I4LTkwMTItY2RlZi0zNDU2Nzg5MDEy"
                    "MzQ="
                ),
                UUID("c3d4e5f6-a7b8-9012-cdef-345678901234"),
            ),
        ],
    )
    def test_job_ids_of_the_guide_are_read(self, text: str, expected: UUID) -> None:
        """The Job Update API's short forms are URNs with a lower-case type."""
        assert NODE_IDS.read("EmployerJob", text) == expected


class TestRefusals:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "=",
            "not an id",
            "1˙∆",
            "3f372a37-9529-446b-bd98-5dbc8c057c8",
            f" {RESCHEDULED}",
            f"{RESCHEDULED}\n",
            "3f372a379529446bbd985dbc8c057c84",
            encoded("iri://h/VirtualInterviewEvent/"),
            encoded("iri://h/VirtualInterviewEvent/7"),
            encoded(f"iri://h/EmployerJob/{RESCHEDULED}"),
            encoded(f"iri:///VirtualInterviewEvent/{RESCHEDULED}"),
            encoded(f"iri://h/VirtualInterviewEvent/{RESCHEDULED}/x"),
            encoded(f"urn:h:employerjob:{RESCHEDULED}"),
            encoded(f"iri://h/VirtualInterviewEvent/{RESCHEDULED}") + "!",
            encoded(f"iri://{'h' * 300}/VirtualInterviewEvent/{RESCHEDULED}"),
            encoded("iri://h/VirtualInterviewEvent/é"),
        ],
    )
    def test_what_is_no_id_of_the_type(self, text: str) -> None:
        """Anything else is refused with a sentence that quotes it."""
        with pytest.raises(BadNodeId) as refusal:
            NODE_IDS.read("VirtualInterviewEvent", text)

        assert str(refusal.value) == (
            f"'{text[:300]}' is not the id of a VirtualInterviewEvent."
        )

    @given(st.text())
    def test_whatever_the_text(self, text: str) -> None:
        """Text at random is refused, never a crash."""
        with pytest.raises(BadNodeId):
            NODE_IDS.read("EmployerJob", text)
