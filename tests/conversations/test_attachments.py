"""What may be attached to a message."""

from dataclasses import replace

import pytest

from hirewire.conversations.attachments import LARGEST, Attachment
from hirewire.conversations.errors import BadAttachment, TooManyAttachments
from hirewire.conversations.model import Draft

PDF = Attachment(
    name="offer.pdf",
    url="https://files.example:8443/a%20b?x=1#p",
    media_type="application/pdf",
    size_bytes=0,
)


class TestAttachment:
    @pytest.mark.parametrize(
        "changes",
        [
            {"name": "x" * 255},
            {"name": "Lebenslauf Zoë.pdf"},
            {"url": "https://x/" + "a" * 1990},
            {"media_type": "application/vnd.oasis.opendocument.text"},
            {"media_type": "image/svg+xml"},
            {"size_bytes": LARGEST},
        ],
    )
    def test_takes_references(self, changes: dict[str, object]) -> None:
        """
        A name, an https address, a media type and a size.
        """
        attachment = replace(PDF, **changes)  # type: ignore[arg-type]

        assert {name: getattr(attachment, name) for name in changes} == changes

    @pytest.mark.fidelity("conversations.attachments")
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 256),
            ("name", "a\nb"),
            ("name", "a\u202egpj.exe"),
            ("url", "http://files.example/a"),
            ("url", "javascript:alert(1)"),
            ("url", "https://"),
            ("url", "https://user:secret@files.example/"),
            ("url", "https://files.example:0/"),
            ("url", "https://[::1"),
            ("url", "https://files.example/a b"),
            ("url", "https://files.example/\u00e9"),
            ("url", "https://x/" + "a" * 1991),
            ("media_type", "pdf"),
            ("media_type", "text/html; charset=utf-8"),
            ("media_type", "a/b/c"),
            ("media_type", "text/" + "x" * 128),
            ("size_bytes", -1),
            ("size_bytes", LARGEST + 1),
        ],
    )
    def test_refuses_the_rest(self, field: str, value: object) -> None:
        """
        What could not be shown or followed safely is not kept.
        """
        with pytest.raises(BadAttachment) as refusal:
            replace(PDF, **{field: value})  # type: ignore[arg-type]

        assert refusal.value.field.lower() == field.replace("_", "")

    @pytest.mark.fidelity("conversations.attachments")
    def test_a_message_carries_ten(self) -> None:
        """
        Ten are taken, eleven are not.
        """
        assert len(Draft(text="x", attachments=(PDF,) * 10).attachments) == 10
        with pytest.raises(TooManyAttachments) as refusal:
            Draft(text="x", attachments=(PDF,) * 11)

        assert (refusal.value.asked, refusal.value.limit) == (11, 10)
