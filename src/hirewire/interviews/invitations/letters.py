"""What each mail about an interview says, part by part."""

from dataclasses import dataclass, replace

from hirewire.interviews.invitations.details import Details, Named
from hirewire.interviews.invitations.formats import Moments
from hirewire.interviews.invitations.planning import MailKind
from hirewire.interviews.invitations.speech import Speech
from hirewire.interviews.model import MediaType
from hirewire.runtime.mail import Address, Letter, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a letter is about, and to whom it goes."""

    kind: MailKind
    to: Address
    details: Details
    before: Details | None
    employer: str | None
    ats: str
    url: str


def letter(matter: Matter, speech: Speech) -> Letter:
    """Write to somebody about an interview."""
    moments = _moments(matter.details, speech)
    is_canceled = matter.kind is MailKind.CANCELLATION
    return Letter(
        language=speech.tag,
        subject=_subject(matter, moments, speech),
        heading=_heading(matter.kind, speech),
        greeting=_greeting(matter.to.name, speech),
        opening=_opening(matter, moments, speech),
        rows=rows(matter, speech),
        before=speech.say("Before:"),
        is_struck=is_canceled,
        action="" if is_canceled else speech.say("Open the lobby"),
        url="" if is_canceled else matter.url,
        action_hint="" if is_canceled else speech.say("If the button does not work, open:"),
        notes=_notes(matter, speech),
        footer=_footer(matter, speech),
    )


def rows(matter: Matter, speech: Speech) -> tuple[Row, ...]:
    """List what there is to know, with what it was before where its reader knew otherwise."""
    now = _rows(matter.details, matter.kind, speech)
    if matter.before is None:
        return now
    # Who is new stands in the list; repeating all the others would hide them.
    before = _rows(matter.before, matter.kind, speech)[:-1]
    changed = {
        row.label: was.lines
        for row, was in zip(now, before, strict=False)
        if row.lines != was.lines
    }
    interviewers = replace(now[-1], lines=_people(matter.details, matter.before, speech))
    return tuple(
        replace(row, was=changed.get(row.label, ())) for row in (*now[:-1], interviewers)
    )


def _rows(details: Details, kind: MailKind, speech: Speech) -> tuple[Row, ...]:
    common = (
        Row(label=speech.say("Interview"), lines=(details.title,), is_strong=True),
        Row(label=speech.say("When"), lines=_when(details, speech), is_strong=True),
        Row(label=speech.say("How"), lines=(_media(details, speech),)),
    )
    if kind is MailKind.REMINDER:
        return common
    return (
        *common,
        Row(label=speech.say("Candidate"), lines=(_candidate(details, speech),)),
        Row(label=speech.say("Interviewers"), lines=_people(details, details, speech)),
    )


def description(matter: Matter, speech: Speech) -> str:
    """Say what stands in the calendar item itself."""
    said = [f"{speech.say('Candidate')}: {_candidate(matter.details, speech)}"]
    if matter.kind is not MailKind.CANCELLATION:
        said = [f"{speech.say('Open the lobby')}: {matter.url}", *said, *_notes(matter, speech)]
    return "\n".join(said)


def _subject(matter: Matter, moments: Moments, speech: Speech) -> str:
    title, day = matter.details.title, moments.short_day
    if matter.kind is MailKind.UPDATE:
        return speech.say("Updated: %(title)s, %(day)s", title=title, day=day)
    if matter.kind is MailKind.CANCELLATION:
        return speech.say("Canceled: %(title)s, %(day)s", title=title, day=day)
    if matter.kind is MailKind.REMINDER:
        time = moments.start_time
        return speech.say("Reminder: %(title)s, %(time)s", title=title, time=time)
    return speech.say("Invitation: %(title)s, %(day)s", title=title, day=day)


def _heading(kind: MailKind, speech: Speech) -> str:
    if kind is MailKind.UPDATE:
        return speech.say("The interview has changed")
    if kind is MailKind.CANCELLATION:
        return speech.say("The interview is canceled")
    if kind is MailKind.REMINDER:
        return speech.say("Your interview is about to begin")
    return speech.say("You are invited to interview")


def _greeting(name: str | None, speech: Speech) -> str:
    return speech.say("Hello %(name)s,", name=name) if name else speech.say("Hello,")


def _opening(matter: Matter, moments: Moments, speech: Speech) -> str:
    employer = matter.employer
    if matter.kind is MailKind.UPDATE:
        return speech.say(
            "The calendar item with this mail takes the place of the one you have."
        )
    if matter.kind is MailKind.CANCELLATION:
        return speech.say(
            "It does not take place. The calendar item with this mail takes it off your "
            "calendar."
        )
    if matter.kind is MailKind.REMINDER:
        return _reminding(employer, moments.start_time, speech)
    if employer is None:
        return speech.say("An interview was put on your calendar.")
    return speech.say("%(employer)s put an interview on your calendar.", employer=employer)


def _reminding(employer: str | None, time: str, speech: Speech) -> str:
    if employer is None:
        return speech.say("Your interview begins at %(time)s.", time=time)
    return speech.say(
        "Your interview with %(employer)s begins at %(time)s.", employer=employer, time=time
    )


def _notes(matter: Matter, speech: Speech) -> tuple[str, ...]:
    if matter.kind is MailKind.CANCELLATION:
        return ()
    if matter.kind is MailKind.REMINDER:
        return (
            speech.say("You need no account: open the lobby, give your name and knock."),
            speech.say("The link is yours alone. Please do not pass it on."),
        )
    return (
        speech.say("The lobby opens 15 minutes before the start."),
        speech.say(
            "Sign in there with %(email)s; if you have no account yet, create one with that "
            "address.",
            email=matter.to.email,
        ),
    )


def _footer(matter: Matter, speech: Speech) -> str:
    if matter.kind is MailKind.REMINDER:
        return speech.say(
            "You get this mail because an interview with you was scheduled in %(ats)s.",
            ats=matter.ats,
        )
    return speech.say(
        "You get this mail because you were named as an interviewer in %(ats)s.",
        ats=matter.ats,
    )


def _when(details: Details, speech: Speech) -> tuple[str, ...]:
    moments = _moments(details, speech)
    return (*moments.lines, moments.zone_line)


def _moments(details: Details, speech: Speech) -> Moments:
    return Moments(details.starts_at, details.ends_at, details.zone, speech.locale)


def _media(details: Details, speech: Speech) -> str:
    return {
        MediaType.VIDEO: speech.say("By video"),
        MediaType.PHONE: speech.say("By phone"),
        MediaType.IN_PERSON: speech.say("In person"),
    }[details.media_type]


def _candidate(details: Details, speech: Speech) -> str:
    return details.interviewee or speech.say("not named yet")


def _people(details: Details, before: Details, speech: Speech) -> tuple[str, ...]:
    known = {each.email for each in before.interviewers}
    return tuple(
        _named(each)
        if each.email in known
        else speech.say("%(person)s (new)", person=_named(each))
        for each in details.interviewers
    )


def _named(person: Named) -> str:
    return f"{person.name} ({person.email})" if person.name else person.email
