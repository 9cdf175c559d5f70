"""The tables of interviews: the only place that knows them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from hirewire.interviews.model import (
    Interview,
    Interviewee,
    Interviewer,
)
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

_INSERT: Final = """
    INSERT INTO interviews (id, employer_id, title, starts_at, ends_at, zone, media_type,
                            language, country, ats_name, employer_name, lobby_token,
                            created_at, changed_at, sequence, canceled_at, interviewers,
                            interviewee_id, interviewee_name, interviewee_email,
                            interviewee_token)
    VALUES (:id, :employer_id, :title, :starts_at, :ends_at, :zone, :media_type,
            :language, :country, :ats_name, :employer_name, :lobby_token,
            :created_at, :changed_at, :sequence, :canceled_at, :interviewers,
            :interviewee_id, :interviewee_name, :interviewee_email, :interviewee_token)
"""
_COLUMNS: Final = (
    "id",
    "employer_id",
    "title",
    "starts_at",
    "ends_at",
    "zone",
    "media_type",
    "language",
    "country",
    "ats_name",
    "employer_name",
    "lobby_token",
    "created_at",
    "changed_at",
    "sequence",
    "canceled_at",
    "interviewers",
)
SELECT: Final = f"""
    SELECT {", ".join(f"i.{each}" for each in _COLUMNS)},
           i.interviewee_id, i.interviewee_name, i.interviewee_email, i.interviewee_token
    FROM interviews i
"""
_UPDATE: Final = """
    UPDATE interviews
    SET title = :title, starts_at = :starts_at, ends_at = :ends_at, zone = :zone,
        changed_at = :changed_at, sequence = :sequence, canceled_at = :canceled_at,
        interviewers = :interviewers, interviewee_id = :interviewee_id,
        interviewee_name = :interviewee_name, interviewee_email = :interviewee_email,
        interviewee_token = :interviewee_token
    WHERE id = :id
"""
_TOLD: Final = "SELECT told FROM interviews WHERE id = :id"
_SET_TOLD: Final = "UPDATE interviews SET told = :told WHERE id = :id"
_BY_ID: Final = SELECT + "WHERE i.id = :id"
_LOCK: Final = f"{_BY_ID} AND @in_turn @for_update"
_BY_IDS: Final = SELECT + "WHERE i.id IN :ids"
_read_interviewers: Final = msgspec.json.Decoder(tuple[Interviewer, ...]).decode


async def insert(uow: UnitOfWork, interview: Interview) -> None:
    """Store *interview* with its people."""
    await uow.run(
        _INSERT,
        employer_id=interview.employer_id,
        media_type=interview.media_type.value,
        language=interview.language,
        country=interview.country,
        ats_name=interview.ats_name,
        employer_name=interview.employer_name,
        lobby_token=interview.lobby_token,
        created_at=interview.created_at,
        **_changing(interview),
    )


async def save(uow: UnitOfWork, interview: Interview) -> None:
    """Store what has changed about *interview*."""
    await uow.run(_UPDATE, **_changing(interview))


async def lock(uow: UnitOfWork, id: UUID) -> Interview | None:
    """Find an interview, and keep others from changing it until the unit is over."""
    return await uow.one(read_interview, _LOCK, id=id)


async def told(uow: UnitOfWork, id: UUID) -> int:
    """Return how much of a locked interview's time was told: its start, and its end too."""
    found: int = await uow.value(_TOLD, id=id)
    return found


async def set_told(uow: UnitOfWork, id: UUID, told: int) -> None:
    """Remember how much of an interview's time was told."""
    await uow.run(_SET_TOLD, id=id, told=told)


async def by_ids(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Interview]:
    """Find the interviews with *ids*, in one statement however many there are."""
    if len(ids) == 1:
        found = await reader.one(read_interview, _BY_ID, id=ids[0])
        return {} if found is None else {ids[0]: found}
    if not ids:
        return {}
    many = await reader.all(read_interview, _BY_IDS, ids=list(ids))
    return {each.id: each for each in many}


def _changing(interview: Interview) -> dict[str, object]:
    """Spell what can change about *interview*, and its id."""
    interviewee = interview.interviewee
    return {
        "id": interview.id,
        "title": interview.title,
        "starts_at": interview.starts_at,
        "ends_at": interview.ends_at,
        "zone": interview.zone,
        "changed_at": interview.changed_at,
        "sequence": interview.sequence,
        "canceled_at": interview.canceled_at,
        "interviewers": msgspec.json.encode(interview.interviewers).decode(),
        "interviewee_id": interviewee and interviewee.id,
        "interviewee_name": interviewee and interviewee.name,
        "interviewee_email": interviewee and interviewee.email,
        "interviewee_token": interviewee and interviewee.lobby_token,
    }


def read_interview(*row: Any) -> Interview:
    """
    Make an interview of the columns of `SELECT`.

    A list is many of them: made by msgspec they take half of what a frozen dataclass does.
    """
    known = dict(zip(_COLUMNS, row, strict=False))
    known["changed_at"] = known["changed_at"] or known["created_at"]
    known["interviewers"] = _read_interviewers(known["interviewers"])
    interviewee = row[len(_COLUMNS) :]
    known["interviewee"] = None if interviewee[0] is None else Interviewee(*interviewee)
    return msgspec.convert(known, Interview)
