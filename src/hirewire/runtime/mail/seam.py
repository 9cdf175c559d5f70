"""The mail seam: what takes a mail out of the house."""

from typing import Protocol

from hirewire.runtime.mail.model import Mail


class Mailer(Protocol):
    """Where mail leaves."""

    async def send(self, mail: Mail) -> None:
        """
        Hand *mail* over; whoever took it is responsible from then on.

        Raises:
            MailRefused: it was not taken, temporarily or permanently.
        """

    async def check(self) -> str:
        """
        See whether mail could leave, without any; say where it would go.

        Raises:
            MailServerUnusable: it could not.
        """
