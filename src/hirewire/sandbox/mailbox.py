"""The mailbox: what a real server would have sent by mail, kept to be read."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MOST_MESSAGES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it would have left."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    sent_at: datetime


class Mailbox:
    """Keeps the last *most* mails in memory; the oldest gives way."""

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._mails: deque[Mail] = deque(maxlen=most)

    def deliver(self, mail: Mail) -> None:
        """Keep *mail*."""
        self._mails.append(mail)

    def mails(self) -> Sequence[Mail]:
        """Return what is kept, oldest first."""
        return tuple(self._mails)

    def empty(self) -> None:
        """Forget everything."""
        self._mails.clear()
