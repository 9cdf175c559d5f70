# mypy: ignore-errors
"""
Strawberry in memory, its documents cached, as its own documentation has it.

Run by the Python of an environment that has it, from this folder.
"""

import json
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import data
import strawberry
import timing
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

QUERY = Path("query.graphql").read_text("utf-8")
EmailAddress = strawberry.scalar(str, name="EmailAddress")
Status = strawberry.enum(Enum("Status", "SCHEDULED IN_PROGRESS COMPLETED CANCELED"))
MediaType = strawberry.enum(Enum("MediaType", "VIDEO PHONE IN_PERSON"))


@strawberry.type
class Interviewee:
    name: str
    email: str
    interviewee_lobby_url: str


@strawberry.type
class Interviewees:
    interviewees: list[Interviewee]


@strawberry.type
class Interviewer:
    id: strawberry.ID
    email: str
    name: str | None


@strawberry.type
class Interviewers:
    interviewers: list[Interviewer]


@strawberry.type
class Event:
    id: strawberry.ID
    status: Status
    title: str
    start_time: datetime
    end_time: datetime
    timezone: str
    language_code: str | None
    country_code: str | None
    media_type: MediaType
    interviewer_lobby_url: str
    interviewers_connection: Interviewers
    interviewees_connection: Interviewees


@strawberry.type
class Events:
    events: list[Event]


def made(given: dict[str, Any]) -> Event:
    interviewers = given["interviewersConnection"]["interviewers"]
    interviewees = given["intervieweesConnection"]["interviewees"]
    return Event(
        id=given["id"],
        status=Status[given["status"]],
        title=given["title"],
        start_time=datetime.fromisoformat(given["startTime"]),
        end_time=datetime.fromisoformat(given["endTime"]),
        timezone=given["timezone"],
        language_code=given["languageCode"],
        country_code=given["countryCode"],
        media_type=MediaType[given["mediaType"]],
        interviewer_lobby_url=given["interviewerLobbyUrl"],
        interviewers_connection=Interviewers(
            interviewers=[Interviewer(**each) for each in interviewers]
        ),
        interviewees_connection=Interviewees(
            interviewees=[
                Interviewee(
                    name=each["name"],
                    email=each["email"],
                    interviewee_lobby_url=each["intervieweeLobbyUrl"],
                )
                for each in interviewees
            ]
        ),
    )


EVENTS = [made(each) for each in data.events()]


@strawberry.type
class Query:
    @strawberry.field
    async def find_events(self, first: int) -> Events | None:
        return Events(events=EVENTS[:first])


schema = strawberry.Schema(
    Query, extensions=[ParserCache(), ValidationCache()], config=StrawberryConfig()
)


async def run() -> Any:
    found = await schema.execute(QUERY, variable_values={"first": data.EVENTS})
    if found.errors:
        raise found.errors[0]
    return found.data


timing.serve(run, lambda found: json.dumps({"data": found}).encode())
