"""One interview in the console: when, who, what came of it, and what can be done about it."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from hirewire.console.desk import Visit
from hirewire.console.interviews.access import sight
from hirewire.console.interviews.times import When
from hirewire.console.interviews.words import DECISIONS, MEDIA, STATUSES

_SAID: Final[Mapping[str, str]] = {
    "scheduled": "The interview is scheduled. The interviewers are invited by mail.",
    "time": "The interview is moved, and the interviewers are told.",
    "title": "The interview has its new title, and the interviewers are told.",
    "zone": "The times are shown in the new time zone, and the interviewers are told.",
    "interviewers": "Everybody you named is among the interviewers.",
    "interviewee": "The interviewee is named. They are reminded by mail shortly before.",
    "canceled": "The interview is canceled, and the interviewers are told.",
    "same": "Nothing changed: that is how it was already. Nobody is told.",
    "unchanged": "Nothing was changed: the interview is no longer what it was on that page.",
}


async def show_interview(visit: Visit) -> Response:
    """Show the page of an interview."""
    desk, now = visit.desk, visit.desk.clock.now()
    async with desk.db.read() as reader:
        seen = await sight(visit, reader)
        records = await desk.interviews.records(reader, (seen.interview.id,))
    interview = seen.interview
    candidate = interview.interviewee
    word, tone = STATUSES[interview.status(now)]
    urls = desk.lobby_urls
    return visit.show(
        "interviews/show",
        interview=interview,
        employer=seen.employer,
        when=When.of(interview),
        word=word,
        tone=tone,
        medium=MEDIA[interview.media_type],
        lobby=urls.of(interview.lobby_token),
        # Whoever holds it comes in as the candidate: those who only read have no use for it.
        candidates_lobby=urls.of(candidate.lobby_token)
        if candidate and seen.may_change
        else "",
        records=records.get(interview.id, ()),
        decisions=DECISIONS,
        may_change=seen.may_change and interview.canceled_at is None,
        said=_SAID.get(visit.query("said"), ""),
        tone_said="warning" if visit.query("said") == "unchanged" else "good",
    )
