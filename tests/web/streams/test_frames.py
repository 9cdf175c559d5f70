"""Tests of how one server-sent event becomes bytes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.web.streams.frames import LAST_CHUNK, chunk, frame
from tests.web.streams.parser import Event, Reader, read_events

ONE_LINE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


class TestWireForm:
    def test_is_the_documented_one(self) -> None:
        """An event is its name, its data and a blank line."""
        encoded = frame(event="message-update", data='{"uuid":"u"}')

        assert encoded == b'event: message-update\ndata: {"uuid":"u"}\n\n'

    @pytest.mark.fidelity("streams.frames.live-form")
    def test_has_a_variant_without_spaces(self) -> None:
        """The live API's form has nothing between the colon and the value."""
        encoded = frame(event="result", data='{"result":[]}', spaced=False)

        assert encoded == b'event:result\ndata:{"result":[]}\n\n'

    def test_carries_every_field(self) -> None:
        """All four fields are written in one order."""
        encoded = frame(event="e", data="d", id="7", retry_ms=1500)

        assert encoded == b"event: e\nid: 7\nretry: 1500\ndata: d\n\n"

    def test_an_id_alone_moves_the_last_id_and_dispatches_nothing(self) -> None:
        """A frame without data primes Last-Event-ID without firing an event."""
        reader = Reader()

        events = reader.read(frame(id="42"))

        assert (events, reader.last_id) == ([], "42")

    @pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b", "a\x85b", "a\x0bb", "\ufeffa"])
    def test_only_cr_and_lf_break_lines(self, text: str) -> None:
        """Other Unicode line separators and a byte order mark stay inside one data line."""
        encoded = frame(data=text)

        assert encoded == b"data: " + text.encode() + b"\n\n"

    @pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n"])
    def test_a_line_break_in_data_becomes_a_data_line(self, line_break: str) -> None:
        """Text that looks like a field cannot become one."""
        encoded = frame(event="e", data=f"one{line_break}event: forged")

        assert encoded == b"event: e\ndata: one\ndata: event: forged\n\n"


class TestRefusals:
    @pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\r\nb", "a\0b"])
    def test_event_and_id_hold_no_breaks(self, bad: str) -> None:
        """CR, LF and NUL are refused where a field has one line."""
        with pytest.raises(ValueError, match="CR, LF or NUL"):
            frame(event=bad, data="d")
        with pytest.raises(ValueError, match="CR, LF or NUL"):
            frame(id=bad, data="d")

    def test_data_holds_no_nul(self) -> None:
        """NUL is refused in data."""
        with pytest.raises(ValueError, match="no NUL"):
            frame(data="a\0b")

    def test_retry_is_not_negative(self) -> None:
        """A negative retry time is refused."""
        with pytest.raises(ValueError, match="not negative"):
            frame(retry_ms=-1)

    def test_something_must_be_said(self) -> None:
        """A frame without any field is refused."""
        with pytest.raises(ValueError, match="at least one field"):
            frame()


class TestReadBack:
    @pytest.mark.fidelity("streams.frames.one-event-per-frame")
    @given(event=ONE_LINE, data=TEXT, id=ONE_LINE, spaced=st.booleans())
    def test_a_reader_gets_what_was_written(
        self, event: str, data: str, id: str, *, spaced: bool
    ) -> None:
        """Whatever the text, one event comes out, with line breaks told as LF."""
        encoded = frame(event=event, data=data, id=id, spaced=spaced)

        expected = re.sub("\r\n|\r", "\n", data)
        assert read_events(encoded) == [Event(event or "message", expected, id)]

    @given(texts=st.lists(TEXT, max_size=8), spaced=st.booleans())
    def test_joined_frames_stay_apart(self, texts: list[str], *, spaced: bool) -> None:
        """Frames joined into one write are read as the same events in the same order."""
        joined = b"".join(frame(data=text, spaced=spaced) for text in texts)

        assert [e.data for e in read_events(joined)] == [
            re.sub("\r\n|\r", "\n", text) for text in texts
        ]


class TestChunks:
    def test_a_chunk_tells_its_length_in_hexadecimal(self) -> None:
        """One event is one chunk."""
        assert chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"

    def test_the_last_chunk_is_empty(self) -> None:
        """A chunked body ends with an empty chunk and no trailers."""
        assert LAST_CHUNK == b"0\r\n\r\n"
