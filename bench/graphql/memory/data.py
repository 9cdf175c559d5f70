"""The 50 interviews that every contender shows, as plain data; the standard library only."""

from typing import Any, Final

EVENTS: Final = 50
INTERVIEWERS: Final = 5

Data = dict[str, Any]


def events() -> list[Data]:
    """Make them, 39 kB once they are JSON."""
    return [_event(number) for number in range(EVENTS)]


def _event(number: int) -> Data:
    day = 1 + number % 28
    return {
        "id": _id("VirtualInterviewEvent", number),
        "status": "SCHEDULED",
        "title": f"Interview {number} with the candidate",
        "startTime": f"2026-12-{day:02}T15:00:00+00:00",
        "endTime": f"2026-12-{day:02}T16:00:00+00:00",
        "timezone": "America/Los_Angeles",
        "languageCode": "fr" if number % 2 else None,
        "countryCode": "CA" if number % 2 else None,
        "mediaType": "VIDEO",
        "interviewerLobbyUrl": _lobby(number),
        "interviewersConnection": {
            "interviewers": [_interviewer(number, each) for each in range(INTERVIEWERS)]
        },
        "intervieweesConnection": {"interviewees": [_interviewee(number)]},
    }


def _interviewer(number: int, each: int) -> Data:
    return {
        "id": _id("VirtualInterviewInterviewer", number * INTERVIEWERS + each),
        "email": f"interviewer{each}@example.com",
        "name": None if each % 2 else f"Interviewer {each}",
    }


def _interviewee(number: int) -> Data:
    return {
        "name": f"Candidate {number}",
        "email": f"candidate{number}@example.com",
        "intervieweeLobbyUrl": _lobby(1000 + number),
    }


def _id(kind: str, number: int) -> str:
    return f"iri://127.0.0.1/{kind}/018f0000-0000-7000-8000-{number:012}"


def _lobby(number: int) -> str:
    return f"http://127.0.0.1/lobby/{number:032}"
