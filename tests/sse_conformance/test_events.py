"""Reading event streams: what the standard allows is read, and what readers ignore is noted."""

from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.sse_conformance.events import Event, Flaw, Reader
from tests.web.streams.parser import read_events

STREAM: Final = (
    "\ufeff: hello\r\nevent: e\r\nid: 1\r\ndata: one\r\ndata: two\u2028\x85\r\n\r\n"
    "data\rid\rretry: 12\r\r"
    "data:  x\nid: 2\nstrange\n\n"
    "data: never"
).encode()
READ: Final = [
    Event("e", "one\ntwo\u2028\x85", "1", "1"),
    Event("message", "", "", "", 12),
    Event("message", " x", "2", "2"),
]


class TestReader:
    @given(cuts=st.sets(st.integers(1, len(STREAM) - 1)))
    def test_reads_the_same_however_it_is_cut(self, cuts: set[int]) -> None:
        """
        In the middle of a character, of CRLF, of the byte order mark.
        """
        reader = Reader()
        edges = [0, *sorted(cuts), len(STREAM)]

        parts = [STREAM[a:b] for a, b in pairwise(edges)]
        events = [event for part in parts for event in reader.feed(part)]

        assert events == READ
        assert (reader.flaws, reader.has_bom, reader.comments) == (set(), True, 1)
        assert not reader.is_between_events

    @given(st.binary(max_size=80) | st.text("\r\n:\0 aid\ufeff", max_size=80).map(str.encode))
    def test_agrees_with_another(self, stream: bytes) -> None:
        """
        Two readers of the standard, written apart.
        """
        read = [(event.type, event.data, event.last_id) for event in Reader().feed(stream)]

        if b"\x00" not in stream and stream[-1:] != b"\r":
            told = [(event.type, event.data, event.last_id) for event in read_events(stream)]
            assert read == told


class TestFlaws:
    @pytest.mark.parametrize(
        ("stream", "flaw"),
        [
            (b"data: \xff\n\n", Flaw.NOT_UTF8),
            (b"data: \xed\xa0\x80\n\n", Flaw.NOT_UTF8),
            (b"id: a\0\ndata: x\n\n", Flaw.NUL_IN_ID),
            (b"retry: 1.5\n\n", Flaw.BAD_RETRY),
            ("retry: \u0663\n\n".encode(), Flaw.BAD_RETRY),
            (b"event: a\ndata: 1\nevent: b\ndata: 2\n\n", Flaw.MERGED),
        ],
    )
    def test_are_noted(self, stream: bytes, flaw: Flaw) -> None:
        """
        Each for itself; a lone surrogate is no UTF-8.
        """
        reader = Reader()

        reader.feed(stream)

        assert reader.flaws == {flaw}

    def test_an_id_with_nul_changes_nothing(self) -> None:
        """
        The last id stays what it was.
        """
        reader = Reader()

        events = reader.feed(b"id: 7\ndata: x\n\nid: 8\0\ndata: y\n\n")

        assert [(event.last_id, event.own_id) for event in events] == [("7", "7"), ("7", None)]
