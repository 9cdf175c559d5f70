"""Framing vectors: every text that could break a frame, through frames and strict readers."""

import json

import pytest

from hirewire.sse_conformance.events import Reader
from hirewire.web.streams.frames import frame
from tests.web.streams.parser import read_events
from tests.web.streams.vectors import DATA


class TestData:
    @pytest.mark.parametrize("spaced", [True, False])
    @pytest.mark.parametrize("name", DATA)
    @pytest.mark.fidelity("streams.frames.vectors")
    def test_is_read_as_it_was_written(self, name: str, *, spaced: bool) -> None:
        """
        By two strict readers; the event before and the event behind stay whole.
        """
        written, expected = DATA[name]
        before, behind = frame(event="a", id="1", data="x"), frame(event="c", data="z")

        stream = before + frame(event="b", id="2", data=written, spaced=spaced) + behind
        reader = Reader()
        events = reader.feed(stream)

        told = [("a", "x", "1"), ("b", expected, "2"), ("c", "z", "2")]
        assert [(event.type, event.data, event.last_id) for event in events] == told
        assert [(e.type, e.data, e.last_id) for e in read_events(stream)] == told
        assert reader.flaws == set()
        assert reader.is_between_events

    @pytest.mark.fidelity("streams.frames.vectors")
    def test_of_json_is_one_line(self) -> None:
        """
        Whatever the text, JSON escapes its breaks: one `data` line comes of it.
        """
        text = "".join(written for written, _ in DATA.values() if len(written) < 99)

        encoded = frame(data=json.dumps({"text": text}))

        assert encoded.count(b"\n") == 2
        (event,) = Reader().feed(encoded)
        assert json.loads(event.data) == {"text": text}


class TestRefused:
    @pytest.mark.parametrize("text", ["a\0b", "\0"])
    def test_is_nul(self, text: str) -> None:
        """
        In data, and where readers would ignore the field, in an id.
        """
        with pytest.raises(ValueError, match="NUL"):
            frame(data=text)
        with pytest.raises(ValueError, match="NUL"):
            frame(id=text)

    @pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc80\ud800"])
    @pytest.mark.fidelity("streams.frames.vectors")
    def test_are_lone_surrogates(self, text: str) -> None:
        """
        They have no UTF-8: nothing is replaced behind the caller's back.
        """
        for field in ({"data": text}, {"event": text}, {"id": text}):
            with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
                frame(**field)  # type: ignore[arg-type]
