"""A second opinion on frames: the HTML standard's event-stream algorithm on its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event as a browser would dispatch it."""

    type: str
    data: str
    last_id: str


@dataclass(slots=True)
class Reader:
    """The state of section 9.2.6, "Interpreting an event stream"."""

    data: str = ""
    type: str = ""
    last_id: str = ""
    retry_ms: int | None = None

    def read(self, stream: bytes) -> list[Event]:
        """Interpret a whole stream; an event without its blank line is never dispatched."""
        text = stream.decode("utf-8", errors="replace").removeprefix("\ufeff")
        events = []
        for line in _lines(text):
            if line == "":
                if (event := self._dispatch()) is not None:
                    events.append(event)
            elif not line.startswith(":"):
                name, _, value = line.partition(":")
                self._field(name, value.removeprefix(" "))
        return events

    def _field(self, name: str, value: str) -> None:
        if name == "event":
            self.type = value
        elif name == "data":
            self.data += value + "\n"
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value)

    def _dispatch(self) -> Event | None:
        data, type_ = self.data, self.type
        self.data = self.type = ""
        if not data:
            return None
        return Event(type_ or "message", data[:-1], self.last_id)


def _lines(text: str) -> list[str]:
    """Whole lines only, ended by CRLF, LF or CR and by nothing else."""
    lines, current, index = [], "", 0
    while index < len(text):
        char = text[index]
        if char in "\r\n":
            lines.append(current)
            current = ""
            index += 2 if text[index : index + 2] == "\r\n" else 1
        else:
            current += char
            index += 1
    return lines


def read_events(stream: bytes) -> list[Event]:
    """Interpret *stream* from its beginning."""
    return Reader().read(stream)
