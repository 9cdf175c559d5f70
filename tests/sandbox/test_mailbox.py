"""Tests of the mailbox."""

from hirewire.sandbox.mailbox import Mail, Mailbox
from tests.fixtures.database import MORNING


def mail(number: int) -> Mail:
    return Mail(
        sender="hirewire@localhost",
        to=("ada@alpenblick.example",),
        subject=f"Number {number}",
        text="Hello.",
        sent_at=MORNING,
    )


class TestMailbox:
    def test_keeps_mails_in_order(self) -> None:
        """What came first is read first."""
        mailbox = Mailbox()

        mailbox.deliver(mail(1))
        mailbox.deliver(mail(2))

        assert mailbox.mails() == (mail(1), mail(2))

    def test_is_bounded(self) -> None:
        """When it is full, the oldest mail gives way."""
        mailbox = Mailbox(most=3)

        for number in range(5):
            mailbox.deliver(mail(number))

        assert mailbox.mails() == (mail(2), mail(3), mail(4))

    def test_can_be_emptied(self) -> None:
        """An emptied mailbox holds nothing, and takes new mail."""
        mailbox = Mailbox()
        mailbox.deliver(mail(1))

        mailbox.empty()
        mailbox.deliver(mail(2))

        assert mailbox.mails() == (mail(2),)
