"""The mailbox over HTTP: as JSON, and as pages for people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hirewire.sandbox.errors import UnknownMail
from hirewire.sandbox.mailbox import Mail, Mailbox
from hirewire.web.pages import Link, Pages

PATH: Final = "/_sandbox/mailbox"

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
# A mail is somebody's text: it runs no script, loads nothing, and opens links beside itself.
_MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class MailboxPages:
    """Shows what is in *mailbox*."""

    mailbox: Mailbox
    pages: Pages = field(default_factory=lambda: Pages(("hirewire.sandbox",)))

    @property
    def endpoints(self) -> Mapping[str, Callable[[Request], Awaitable[Response]]]:
        """List them by path."""
        return {
            PATH: self.every,
            f"{PATH}/{{id}}": self.show,
            f"{PATH}/{{id}}/html": self.html,
            f"{PATH}/{{id}}/text": self.text,
            f"{PATH}/{{id}}/raw": self.raw,
            f"{PATH}/{{id}}/invite.ics": self.item,
        }

    async def every(self, request: Request) -> Response:
        """Answer with every mail: JSON the oldest first, the page the newest first."""
        mails = self.mailbox.mails()
        if not _wants_page(request):
            return _json([_document(each) for each in mails])
        return self._page("sandbox/mailbox.html", mails=mails[::-1])

    async def show(self, request: Request) -> Response:
        """Answer with one mail."""
        mail = self._mail(request)
        if not _wants_page(request):
            return _json(_document(mail))
        return self._page("sandbox/mail.html", mail=mail)

    async def html(self, request: Request) -> Response:
        """Answer with the HTML of a mail, where it can do no harm."""
        shown = self._mail(request).html.replace("<head>", '<head><base target="_blank">', 1)
        headers = {**_HEADERS, "content-security-policy": _MAIL_POLICY}
        return Response(shown, headers=headers, media_type="text/html")

    async def text(self, request: Request) -> Response:
        """Answer with the plain text of a mail."""
        return Response(self._mail(request).text, headers=_HEADERS, media_type="text/plain")

    async def raw(self, request: Request) -> Response:
        """Answer with a mail as it would have gone over the wire."""
        return Response(self._mail(request).raw, headers=_HEADERS, media_type="text/plain")

    async def item(self, request: Request) -> Response:
        """Answer with the calendar item of a mail, for a calendar to open."""
        mail = self._mail(request)
        if mail.calendar is None:
            raise UnknownMail(mail=mail.id)
        kind = f"text/calendar; charset=utf-8; method={mail.calendar.method}"
        saved = {"content-disposition": 'attachment; filename="invite.ics"'}
        return Response(mail.calendar.body, headers={**_HEADERS, **saved}, media_type=kind)

    def _page(
        self, template: str, *, mails: Sequence[Mail] = (), mail: Mail | None = None
    ) -> Response:
        navigation = (
            Link("/console", "Console"),
            Link(PATH, "Mailbox", is_current=True),
            Link("/graphql", "API explorer"),
        )
        return self.pages.answer(
            template,
            headers={"content-security-policy": _POLICY},
            navigation=navigation,
            path=PATH,
            mails=mails,
            mail=mail,
        )

    def _mail(self, request: Request) -> Mail:
        name = request.path_params["id"]
        found = self.mailbox.mail(name)
        if found is None:
            raise UnknownMail(mail=name)
        return found


def _wants_page(request: Request) -> bool:
    """A browser says that it takes HTML; programs get JSON unless they do."""
    is_browser = "text/html" in request.headers.get("accept", "")
    return is_browser and request.query_params.get("format") != "json"


def _document(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "message_id": mail.message_id,
        "sender": mail.sender,
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "calendar": mail.calendar,
        "sent_at": mail.sent_at,
    }


def _json(document: object) -> Response:
    return Response(
        msgspec.json.encode(document), headers=_HEADERS, media_type="application/json"
    )
