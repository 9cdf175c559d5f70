"""Composers: from a queued mail about an interview to the mail itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hirewire.interviews import store
from hirewire.interviews.invitations.calendar import Item, calendar_part
from hirewire.interviews.invitations.details import Notice, read_notice
from hirewire.interviews.invitations.letters import Matter, description, letter
from hirewire.interviews.invitations.planning import CALENDAR_KINDS, MailKind
from hirewire.interviews.invitations.reminders import to_remind
from hirewire.interviews.invitations.speech import Speech
from hirewire.interviews.lobby_urls import LobbyUrls
from hirewire.interviews.model import Interview
from hirewire.runtime.db import Reader
from hirewire.runtime.mail import Address, Composer, Mail, QueuedMail


@dataclass(frozen=True, slots=True)
class Invites:
    """Composes every kind of mail about an interview; *organizer* is the platform's mailbox."""

    lobby: LobbyUrls
    organizer: Address

    @property
    def composers(self) -> dict[str, Composer]:
        """List them by the kind of mail."""
        known = dict.fromkeys(map(str, CALENDAR_KINDS), self._invite)
        return {**known, MailKind.REMINDER: self._remind}

    async def _invite(
        self, reader: Reader, queued: QueuedMail, now: datetime
    ) -> Callable[[], Mail] | None:
        """Compose a mail with a calendar item, of how the interview stood when it was due."""
        interview = await _find(reader, queued)
        if interview is None:
            return None
        url = self.lobby.of(interview.lobby_token)
        return lambda: self._with_item(queued, interview, url)

    async def _remind(
        self, reader: Reader, queued: QueuedMail, now: datetime
    ) -> Callable[[], Mail] | None:
        """Compose a reminder, unless the interview was moved or canceled meanwhile."""
        interview = await _find(reader, queued)
        notice = read_notice(queued.body)
        interviewee = to_remind(interview, notice.details.starts_at, now)
        if interview is None or interviewee is None:
            return None
        url = self.lobby.of(interviewee.lobby_token)
        matter = _matter(queued, interview, notice, url)
        return lambda: letter(matter, _speech(interview)).mail(queued)

    def _with_item(self, queued: QueuedMail, interview: Interview, url: str) -> Mail:
        notice = read_notice(queued.body)
        matter, speech = _matter(queued, interview, notice, url), _speech(interview)
        item = Item(
            details=notice.details,
            sequence=queued.sequence,
            written_at=queued.created_at,
            is_canceled=matter.kind is MailKind.CANCELLATION,
            url=url,
            described=description(matter, speech),
        )
        return letter(matter, speech).mail(queued, calendar_part(item, self.organizer))


async def _find(reader: Reader, queued: QueuedMail) -> Interview | None:
    return (await store.by_ids(reader, (queued.about_id,))).get(queued.about_id)


def _matter(queued: QueuedMail, interview: Interview, notice: Notice, url: str) -> Matter:
    return Matter(
        kind=MailKind(queued.kind),
        to=Address(queued.email, queued.name),
        details=notice.details,
        before=notice.before,
        employer=interview.employer_name,
        ats=interview.ats_name,
        url=url,
    )


def _speech(interview: Interview) -> Speech:
    return Speech.of(interview.language, interview.country)
