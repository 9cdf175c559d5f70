"""What is attached to a message: named and pointed at, never fetched."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from hirewire.conversations.errors import BadAttachment
from hirewire.kit.lines import is_line

MOST: Final = 10
LONGEST_NAME: Final = 255
LONGEST_URL: Final = 2000
LARGEST: Final = 2**31 - 1

_SPELLED: Final = re.compile(r'[^\x00-\x20\x7f-\U0010ffff"<>\\^`{|}]+')
# The names of RFC 6838, section 4.2.
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE: Final = re.compile(f"{_NAME}/{_NAME}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """
    A reference to something that lies elsewhere.

    Raises:
        BadAttachment: the name, the address, the media type or the size is none.
    """

    name: str
    url: str
    media_type: str
    size_bytes: int

    def __post_init__(self) -> None:
        if len(self.name) > LONGEST_NAME or not is_line(self.name):
            rule = f"takes 1 to {LONGEST_NAME} characters in one line."
            raise BadAttachment(field="name", rule=rule)
        if not _is_https(self.url):
            rule = f"takes an https address of at most {LONGEST_URL} characters."
            raise BadAttachment(field="url", rule=rule)
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise BadAttachment(field="mediaType", rule="takes a type such as application/pdf.")
        if not 0 <= self.size_bytes <= LARGEST:
            raise BadAttachment(field="sizeBytes", rule=f"takes 0 to {LARGEST} bytes.")


def _is_https(url: str) -> bool:
    if len(url) > LONGEST_URL or not _SPELLED.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        is_reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return parts.scheme == "https" and is_reachable and "@" not in parts.netloc
