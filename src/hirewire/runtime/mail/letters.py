"""Letters: what a mail says, part by part, and the one way in which they all are laid out."""

from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from hirewire.runtime.mail.model import Address, CalendarPart, Mail
from hirewire.runtime.mail.store import QueuedMail

_TEMPLATES: Final = Environment(
    loader=PackageLoader("hirewire.runtime.mail"),
    autoescape=select_autoescape(("html",), default=False),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that is said of a matter, what it *was*, and whether it stands out."""

    label: str
    lines: tuple[str, ...]
    was: tuple[str, ...] = ()
    is_strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail in parts; one without an *action* leads nowhere."""

    language: str
    subject: str
    heading: str
    greeting: str
    opening: str
    rows: tuple[Row, ...] = ()
    before: str = ""
    is_struck: bool = False
    action: str = ""
    url: str = ""
    action_hint: str = ""
    notes: tuple[str, ...] = ()
    footer: str = ""

    def text(self) -> str:
        """Lay it out as text."""
        return _TEMPLATES.get_template("letter.txt").render(letter=self)

    def html(self) -> str:
        """Lay it out as HTML in which nothing of its parts is markup."""
        return _TEMPLATES.get_template("letter.html").render(letter=self)

    def mail(self, queued: QueuedMail, calendar: CalendarPart | None = None) -> Mail:
        """Make it the mail that was *queued*, to whom it was queued for."""
        return Mail(
            message_id=queued.message_id,
            to=Address(queued.email, queued.name),
            written_at=queued.created_at,
            language=self.language,
            subject=self.subject,
            text=self.text(),
            html=self.html(),
            calendar=calendar,
        )
