"""What is text of one line."""

import pytest

from hirewire.kit.lines import is_line, shows, storable

TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class TestShows:
    @pytest.mark.parametrize("text", ["a", "\n?\n", "\u200b\U0001f4ac", "\u4f60", " \u00e9\0"])
    def test_takes_what_can_be_seen(self, text: str) -> None:
        """
        One sign is enough, whatever stands around it.
        """
        assert shows(text)

    @pytest.mark.parametrize(
        "text", ["", " \n\t", "\u200b", "\ufeff", "\u200b \ufeff\u2060", "\u3164\u2800", "\0"]
    )
    def test_refuses_what_is_blank(self, text: str) -> None:
        """
        Signs without a width, fillers and control characters show nothing.
        """
        assert not shows(text)


class TestIsLine:
    @pytest.mark.parametrize(
        "text",
        [
            "Chat",
            "\u0645\u0642\u0627\u0628\u0644\u0629",
            "\u0646\u06cc\u200c\u0627",
            "\u200eChat\u200f",
            "\U0001f469\u200d\U0001f4bb",
            "?",
        ],
        ids=["latin", "arabic", "non-joiner", "marks", "joiner", "sign"],
    )
    def test_takes_what_can_be_read(self, text: str) -> None:
        """
        Every script is text, with the marks that its writing needs.
        """
        assert is_line(text)

    @pytest.mark.parametrize("text", ["", " ", "\u200b", "\u3164\u2800", "a\nb", "a\u2029b"])
    def test_refuses_what_shows_nothing_or_has_lines(self, text: str) -> None:
        """
        A name is to be seen, and ends where its line ends.
        """
        assert not is_line(text)

    @pytest.mark.parametrize("turn", TURNS, ids=[f"{ord(turn):x}" for turn in TURNS])
    def test_refuses_what_turns_the_writing_around(self, turn: str) -> None:
        """
        Nobody is shown "gpj.exe" as "exe.jpg", nor what stands after it.
        """
        assert not is_line(f"a{turn}b")


class TestStorable:
    @pytest.mark.parametrize(
        ("text", "kept"),
        [("ok\n\u00e4", "ok\n\u00e4"), ("a\0b", r"a\0b"), ("\udce4", r"\udce4"), ("", "")],
    )
    def test_escapes_what_is_not_kept(self, text: str, kept: str) -> None:
        """
        Of a text only NUL and halves of characters become something else.
        """
        assert storable(text) == kept
