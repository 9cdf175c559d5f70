"""When two addresses are one."""

import pytest

from hirewire.kit.mailboxes import mailbox_key


class TestMailboxKey:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Ann@Example.com", "aNN@example.COM"),
            ("ÖRJAN@example.com", "örjan@example.com"),
            ("ann@BÜCHER.example", "ann@bücher.example"),
        ],
        ids=["ascii", "local", "domain"],
    )
    def test_is_one_whatever_the_case(self, one: str, other: str) -> None:
        """
        Capitals do not make another mailbox.
        """
        assert mailbox_key(one) == mailbox_key(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("ceo@stra\u00dfe.example", "ceo@strasse.example"),
            ("\ufb00@corp.example", "ff@corp.example"),
            ("\u212aim@corp.example", "kim@corp.example"),
            ("\u0130rem@corp.example", "irem@corp.example"),
        ],
        ids=["sharp-s", "ligature", "kelvin", "dotted-i"],
    )
    def test_is_another_where_letters_only_look_alike(self, one: str, other: str) -> None:
        """
        Nobody gets to be somebody else by an address that another person can own.
        """
        assert mailbox_key(one) != mailbox_key(other)
