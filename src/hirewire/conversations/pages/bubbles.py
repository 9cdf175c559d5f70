"""How a page shows messages: by whom, when, and what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hirewire.conversations.attachments import Attachment
from hirewire.conversations.model import Message, MessagePage, Side
from hirewire.kit.cursors import Cursor

_KIB: Final = 1024
_MIB: Final = _KIB * _KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message; *is_ours* is of the reader's side, and who wrote it may change it."""

    id: str
    who: str
    text: str
    sent_at: datetime
    is_ours: bool
    is_own: bool
    is_edited: bool
    is_deleted: bool
    is_followed: bool
    attachments: tuple[tuple[str, str, str], ...]


def bubbles(
    page: MessagePage, *, ours: Side, is_own: Callable[[Message], bool]
) -> list[Bubble]:
    """Make what is shown of *page* to one of the *ours*."""
    shown: list[Bubble] = []
    before: Message | None = None
    for message in page.messages:
        shown.append(
            Bubble(
                id=str(message.id),
                who=message.sender.name,
                text=message.text or "",
                sent_at=message.sent_at,
                is_ours=message.sender.side is ours,
                is_own=not message.is_deleted and is_own(message),
                is_edited=message.edited_at is not None and not message.is_deleted,
                is_deleted=message.is_deleted,
                is_followed=before is not None and before.sender == message.sender,
                attachments=tuple(_link(each) for each in message.attachments),
            )
        )
        before = message
    return shown


def newest_of(page: MessagePage) -> str:
    """Name the last message of a page; "" where there is none."""
    return str(page.messages[-1].id) if page.messages else ""


def older_than(page: MessagePage) -> str:
    """Name the place before which a page's older messages stand; "" where there are none."""
    if not page.has_previous or not page.messages:
        return ""
    first = page.messages[0]
    return str(Cursor(first.id, first.position))


def size(count: int) -> str:
    """Say how large something is."""
    if count >= _MIB:
        return f"{count / _MIB:.1f} MB"
    return f"{count / _KIB:.0f} KB" if count >= _KIB else f"{count} bytes"


def _link(attachment: Attachment) -> tuple[str, str, str]:
    return attachment.name, attachment.url, size(attachment.size_bytes)
