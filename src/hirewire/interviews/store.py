"""The tables of interviews: the only place that knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from hirewire.interviews.model import (
    Interview,
    Interviewee,
    Interviewer,
    MediaType,
    Status,
)
from hirewire.interviews.search import Filter, Order, SortDirection, SortField
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
_SELECT: Final = """
    SELECT i.id, i.employer_id, i.title, i.starts_at, i.ends_at, i.zone, i.media_type,
           i.language, i.country, i.ats_name, i.employer_name, i.lobby_token,
           i.created_at, i.changed_at, i.sequence, i.canceled_at, i.interviewers,
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
_BY_ID: Final = _SELECT + "WHERE i.id = :id"
_LOCK: Final = f"{_BY_ID} @for_update"
_BY_IDS: Final = _SELECT + "WHERE i.id IN :ids"
_RANK: Final = """
    CASE WHEN i.canceled_at IS NOT NULL THEN 3 WHEN i.ends_at <= :now THEN 2
         WHEN i.starts_at <= :now THEN 1 ELSE 0 END
"""
_PLACE: Final = (
    f"SELECT i.starts_at, i.ends_at, {_RANK}, i.media_type FROM interviews i"
    " WHERE i.id = :id AND i.employer_id = :employer_id"
)
_read_interviewers: Final = msgspec.json.Decoder(tuple[Interviewer, ...]).decode
_STATUS: Final = {
    Status.SCHEDULED: "(i.canceled_at IS NULL AND i.starts_at > :now)",
    Status.IN_PROGRESS: (
        "(i.canceled_at IS NULL AND i.starts_at <= :now AND i.ends_at > :now)"
    ),
    Status.COMPLETED: "(i.canceled_at IS NULL AND i.ends_at <= :now)",
    Status.CANCELED: "(i.canceled_at IS NOT NULL)",
}
_COLUMN: Final = {
    SortField.START_TIME: "i.starts_at",
    SortField.END_TIME: "i.ends_at",
    SortField.STATUS: _RANK,
    SortField.MEDIA_TYPE: "i.media_type",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interview stands in every order there is."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    rank: int
    media_type: str

    def value(self, field: SortField) -> object:
        """Return what the order by *field* looks at."""
        return {
            SortField.START_TIME: self.starts_at,
            SortField.END_TIME: self.ends_at,
            SortField.STATUS: self.rank,
            SortField.MEDIA_TYPE: self.media_type,
        }[field]


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
    return await uow.one(_interview, _LOCK, id=id)


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
        found = await reader.one(_interview, _BY_ID, id=ids[0])
        return {} if found is None else {ids[0]: found}
    if not ids:
        return {}
    many = await reader.all(_interview, _BY_IDS, ids=list(ids))
    return {each.id: each for each in many}


async def place_of(reader: Reader, id: UUID, employer_id: UUID, now: datetime) -> Place | None:
    """Find where one of the employer's interviews stands at *now*."""
    return await reader.one(
        lambda *row: Place(id, *row), _PLACE, id=id, employer_id=employer_id, now=now
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One employer's interviews at one moment, filtered and in one order."""

    employer_id: UUID
    now: datetime
    where: Filter
    keys: tuple[Order, ...]

    async def page(self, reader: Reader, after: Place | None, size: int) -> list[Interview]:
        """Read the *size* interviews that follow *after*; the depth of a page costs nothing."""
        params = self._params() | {"size": size}
        conditions = self._conditions()
        if after is not None:
            conditions.append(self._follows(after, params))
        sql = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY {self._order()} LIMIT :size"
        return await reader.all(_interview, sql, **_used(sql, params))

    async def has_any_up_to(self, reader: Reader, place: Place) -> bool:
        """Tell whether any interview stands at *place* or before it."""
        params = self._params()
        conditions = [*self._conditions(), f"NOT ({self._follows(place, params)})"]
        sql = f"SELECT 1 FROM interviews i WHERE {' AND '.join(conditions)} LIMIT 1"
        return await reader.value(sql, **_used(sql, params)) is not None

    async def count(self, reader: Reader) -> int:
        """Count them all."""
        sql = f"SELECT count(*) FROM interviews i WHERE {' AND '.join(self._conditions())}"
        found: int = await reader.value(sql, **_used(sql, self._params()))
        return found

    def _params(self) -> dict[str, object]:
        return {
            "employer_id": self.employer_id,
            "now": self.now,
            "starts_after": self.where.starts.after,
            "starts_before": self.where.starts.before,
            "ends_after": self.where.ends.after,
            "ends_before": self.where.ends.before,
            "media_types": [each.value for each in dict.fromkeys(self.where.media_types)],
        }

    def _conditions(self) -> list[str]:
        where = self.where
        found = ["i.employer_id = :employer_id"]
        for asked, condition in (
            (where.starts.after, "i.starts_at >= :starts_after"),
            (where.starts.before, "i.starts_at < :starts_before"),
            (where.ends.after, "i.ends_at >= :ends_after"),
            (where.ends.before, "i.ends_at < :ends_before"),
            (where.media_types or None, "i.media_type IN :media_types"),
        ):
            if asked is not None:
                found.append(condition)
        if where.statuses:
            ways = [_STATUS[each] for each in dict.fromkeys(where.statuses)]
            found.append(f"({' OR '.join(ways)})")
        return found

    def _order(self) -> str:
        keys = [f"{_COLUMN[key.field]} {key.direction.value}" for key in self.keys]
        return ", ".join([*keys, f"i.id {self.keys[-1].direction.value}"])

    def _follows(self, place: Place, params: dict[str, object]) -> str:
        """
        Say "comes after *place*" in SQL, and add its values to *params*.

        Keys of one direction are compared as a row, which an index answers from the right
        place on; mixed ones are spelled out, behind a bound on the first key.
        """
        columns = [*(_COLUMN[key.field] for key in self.keys), "i.id"]
        ways = [*(key.direction for key in self.keys), self.keys[-1].direction]
        holes = [f":place_{index}" for index in range(len(columns))]
        values = [*(place.value(key.field) for key in self.keys), place.id]
        params |= {hole[1:]: value for hole, value in zip(holes, values, strict=True)}
        signs = [">" if way is SortDirection.ASC else "<" for way in ways]
        if len(set(signs)) == 1:
            return f"({', '.join(columns)}) {signs[0]} ({', '.join(holes)})"
        steps = [
            " AND ".join(
                [
                    *(f"{columns[k]} = {holes[k]}" for k in range(index)),
                    f"{columns[index]} {signs[index]} {holes[index]}",
                ]
            )
            for index in range(len(columns))
        ]
        return f"{columns[0]} {signs[0]}= {holes[0]} AND (({') OR ('.join(steps)}))"


def _used(sql: str, params: dict[str, object]) -> dict[str, object]:
    """Leave out the parameters that *sql* does not mention."""
    return {name: value for name, value in params.items() if f":{name}" in sql}


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


def _interview(  # noqa: PLR0917 - one for each column, in their order
    id: UUID,
    employer_id: UUID,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    media_type: str,
    language: str | None,
    country: str | None,
    ats_name: str,
    employer_name: str | None,
    lobby_token: str,
    created_at: datetime,
    changed_at: datetime | None,
    sequence: int,
    canceled_at: datetime | None,
    interviewers: str,
    *interviewee: Any,
) -> Interview:
    return Interview(
        id=id,
        employer_id=employer_id,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
        media_type=MediaType(media_type),
        language=language,
        country=country,
        ats_name=ats_name,
        employer_name=employer_name,
        lobby_token=lobby_token,
        created_at=created_at,
        changed_at=changed_at or created_at,
        sequence=sequence,
        canceled_at=canceled_at,
        interviewers=_read_interviewers(interviewers),
        interviewee=None if interviewee[0] is None else Interviewee(*interviewee),
    )
