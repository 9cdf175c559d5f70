"""What a message to be sent looks like as input."""

from msgspec import Struct

from hirewire.conversations.attachments import Attachment


class AttachmentInput(Struct, rename="camel"):
    """`ConversationAttachmentInput`."""

    name: str
    url: str
    media_type: str
    size_bytes: int


def read_attachments(given: list[AttachmentInput] | None) -> tuple[Attachment, ...]:
    """Say what is attached in the words of the service."""
    return tuple(
        Attachment(
            name=each.name,
            url=each.url,
            media_type=each.media_type,
            size_bytes=each.size_bytes,
        )
        for each in given or ()
    )
