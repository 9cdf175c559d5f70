"""The SQL of lists: a page begins where an index finds its place, however deep it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from hirewire.interviews.listing.bounds import Bounds
from hirewire.interviews.listing.days import Days
from hirewire.interviews.model import Interview, MediaType, Status
from hirewire.interviews.search import Filter, Order, SortDirection, SortField, Span
from hirewire.interviews.store import SELECT, read_interview
from hirewire.runtime.db.database import Reader

_RANKS: Final = (Status.SCHEDULED, Status.IN_PROGRESS, Status.COMPLETED, Status.CANCELED)
_RANK: Final = """
    CASE WHEN i.canceled_at IS NOT NULL THEN 3 WHEN i.ends_at <= :now THEN 2
         WHEN i.starts_at <= :now THEN 1 ELSE 0 END
"""
_MEDIA: Final = tuple(sorted(MediaType))
_PLACE: Final = (
    f"SELECT i.starts_at, i.ends_at, {_RANK}, i.media_type FROM interviews i"
    " WHERE i.id = :id AND i.employer_id = :employer_id"
)
_COLUMN: Final = {
    SortField.START_TIME: "i.starts_at",
    SortField.END_TIME: "i.ends_at",
    SortField.STATUS: _RANK,
    SortField.MEDIA_TYPE: "i.media_type",
}
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_TIMES: Final = frozenset({SortField.START_TIME, SortField.END_TIME})
_BACK: Final = {
    SortDirection.ASC: SortDirection.DESC,
    SortDirection.DESC: SortDirection.ASC,
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

    def is_within(self, where: Filter) -> bool:
        """Tell whether *where* lets the interview through."""
        return (
            _holds(where.starts, self.starts_at)
            and _holds(where.ends, self.ends_at)
            and (not where.statuses or _RANKS[self.rank] in where.statuses)
            and (not where.media_types or self.media_type in where.media_types)
        )


async def place_of(reader: Reader, id: UUID, employer_id: UUID, now: datetime) -> Place | None:
    """Find where one of the employer's interviews stands at *now*."""
    return await reader.one(
        lambda *row: Place(id, *row), _PLACE, id=id, employer_id=employer_id, now=now
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    One employer's interviews at one moment, filtered and in one order.

    *keys* name a time: see `Search.keys`.
    """

    employer_id: UUID
    now: datetime
    where: Filter
    keys: tuple[Order, ...]

    async def page(self, reader: Reader, after: Place | None, size: int) -> list[Interview]:
        """
        Read the *size* interviews that follow *after*.

        An order by status or media type is one of few stretches, each in the order of a time:
        they are read one after the other until the page is full.
        """
        found: list[Interview] = []
        for stretch, begin in self.stretches(after):
            found += await stretch.read(reader, begin, size - len(found))
            if len(found) >= size:
                break
        return found

    async def has_any_up_to(self, reader: Reader, place: Place) -> bool:
        """Tell whether any interview stands at *place* or before it."""
        if place.is_within(self.where):
            return True
        back = tuple(Order(key.field, _BACK[key.direction]) for key in self.keys)
        return bool(await replace(self, keys=back).page(reader, place, 1))

    async def count(self, reader: Reader) -> int:
        """
        Count them all, exactly.

        Whole days are counted already, whatever the filter; only the days at its edges are
        looked into.
        """
        days = Days.of(self.where, self.now)
        query = _Query(replace(self, keys=(Order(),)))
        parts = [query.counted(days)]
        parts += [
            part
            for number, stretch in enumerate(days.stretches())
            if (part := query.looked_into(number, *stretch)) is not None
        ]
        sql = f"SELECT {' + '.join(f'({part})' for part in parts)}"
        found: int = await reader.value(sql, **query.used(sql))
        return found

    async def read(self, reader: Reader, after: Place | None, size: int) -> list[Interview]:
        """Read one stretch, whose order begins with a time."""
        query = _Query(self)
        conditions = query.conditions() if after is None else query.conditions_after(after)
        sql = f"{SELECT} WHERE {conditions} ORDER BY {self._order()} LIMIT {size:d}"
        return await reader.all(read_interview, sql, **query.used(sql))

    def stretches(self, after: Place | None) -> Iterator[tuple["Listing", Place | None]]:
        """Yield the parts that begin at *after* or behind it, each with where to begin."""
        lead, *rest = self.keys
        if lead.field in _TIMES:
            yield self, after
            return
        is_status = lead.field is SortField.STATUS
        for rank, value in _in_order(_RANKS if is_status else _MEDIA, lead.direction):
            if after is not None:
                here = after.rank if is_status else _MEDIA.index(MediaType(after.media_type))
                passed = rank < here if lead.direction is SortDirection.ASC else rank > here
                if passed:
                    continue
            begin = after if after is not None and rank == here else None
            where = _only(self.where, value)
            if where is not None:
                yield from replace(self, where=where, keys=tuple(rest)).stretches(begin)

    def _order(self) -> str:
        keys = [f"{_COLUMN[key.field]} {key.direction.value}" for key in self.keys]
        return ", ".join([*keys, f"i.id {self.keys[-1].direction.value}"])


class _Query:
    """
    The conditions of a listing, and their parameters.

    Those that the index of its order answers are spelled plainly; the others so that no
    database is tempted to use another index, and to sort what it finds.
    """

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._lead = listing.keys[0]
        where = listing.where
        bounds = Bounds.of(where, listing.now)
        self._is_by_start = self._lead.field is not SortField.END_TIME
        span = bounds.starts if self._is_by_start else bounds.ends
        # A bound even where there is none: it is what leads to the index of this time.
        self._after, self._before = span.after or _FIRST, span.before or _LAST
        self._params: dict[str, object] = {
            "employer_id": listing.employer_id,
            "now": listing.now,
            "after": self._after,
            "before": self._before,
            "starts_after": where.starts.after,
            "starts_before": where.starts.before,
            "ends_after": where.ends.after,
            "ends_before": where.ends.before,
            "ranks": [_RANKS.index(each) for each in dict.fromkeys(where.statuses)],
            "media_types": [each.value for each in dict.fromkeys(where.media_types)],
            "media_type": where.media_types[0].value if where.media_types else None,
        }

    def conditions(self) -> str:
        """Say which rows are meant."""
        return " AND ".join([*self._filtered(), *self._bounded()])

    def counted(self, days: Days) -> str:
        """Select what is counted already of *days* that are no edges."""
        kinds = []
        if days.has_canceled:
            kinds.append("c.is_canceled")
        if days.has_others:
            kinds.append(
                "(NOT c.is_canceled AND c.day > :others_after AND c.day < :others_before)"
            )
        conditions = [
            "c.employer_id = :employer_id AND c.day > :days_after AND c.day < :days_before",
            f"({' OR '.join(kinds)})",
        ]
        if days.edges:
            conditions.append("c.day NOT IN :edges")
        if self._listing.where.media_types:
            conditions.append("c.media_type IN :media_types")
        self._params |= {
            "days_after": days.after,
            "days_before": days.before,
            "others_after": days.others_after,
            "others_before": days.others_before,
            "edges": sorted(days.edges),
        }
        return (
            "SELECT coalesce(sum(c.many), 0) FROM interview_counts c"
            f" WHERE {' AND '.join(conditions)}"
        )

    def looked_into(self, number: int, first: datetime, last: datetime) -> str | None:
        """Select the count of those from *first* on, before *last*; None where none can be."""
        begin, end = max(first, self._after), min(last, self._before)
        if end <= begin:
            return None
        self._params |= {f"from_{number}": begin, f"upto_{number}": end}
        within = f"i.starts_at >= :from_{number} AND i.starts_at < :upto_{number}"
        conditions = " AND ".join([*self._filtered(), within])
        return f"SELECT count(*) FROM interviews i WHERE {conditions}"

    def conditions_after(self, place: Place) -> str:
        """Say the same of those that come after *place*; the nearer bound counts."""
        at = place.starts_at if self._is_by_start else place.ends_at
        is_up = self._lead.direction is SortDirection.ASC
        bounds = self._bounded(
            after=not is_up or at < self._after, before=is_up or self._before <= at
        )
        return " AND ".join([*self._filtered(), *bounds, self._follows(place)])

    def used(self, sql: str) -> dict[str, object]:
        """Return the parameters that *sql* mentions."""
        return {name: value for name, value in self._params.items() if f":{name}" in sql}

    def _bounded(self, *, after: bool = True, before: bool = True) -> list[str]:
        column = "i.starts_at" if self._is_by_start else "i.ends_at"
        return [f"{column} >= :after"] * after + [f"{column} < :before"] * before

    def _filtered(self) -> list[str]:
        where = self._listing.where
        found = ["i.employer_id = :employer_id"]
        if self._is_by_start:
            asked = {"ends_after": "NOT (i.ends_at < :ends_after)"}
            asked["ends_before"] = "NOT (i.ends_at >= :ends_before)"
        else:
            asked = {"starts_after": "NOT (i.starts_at < :starts_after)"}
            asked["starts_before"] = "NOT (i.starts_at >= :starts_before)"
        found += [text for name, text in asked.items() if self._params[name] is not None]
        if where.statuses == (Status.CANCELED,):
            found.append("i.canceled_at IS NOT NULL")
        elif where.statuses:
            found.append(f"({_RANK}) IN :ranks")
        if len(set(where.media_types)) == 1:
            found.append("i.media_type = :media_type")
        elif where.media_types:
            found.append("i.media_type || '' IN :media_types")
        return found

    def _follows(self, place: Place) -> str:
        """
        Say "comes after *place*" in SQL, and add its values to the parameters.

        Keys of one direction are compared as a row, which an index answers from the right
        place on; mixed ones are spelled out, behind a bound on the first key.
        """
        keys = self._listing.keys
        columns = [*(_COLUMN[key.field] for key in keys), "i.id"]
        ways = [*(key.direction for key in keys), keys[-1].direction]
        holes = [f":place_{index}" for index in range(len(columns))]
        values = [*(place.value(key.field) for key in keys), place.id]
        self._params |= {hole[1:]: value for hole, value in zip(holes, values, strict=True)}
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


def _holds(span: Span, moment: datetime) -> bool:
    return (span.after is None or span.after <= moment) and (
        span.before is None or moment < span.before
    )


def _in_order(
    values: tuple[Status | MediaType, ...], direction: SortDirection
) -> list[tuple[int, Status | MediaType]]:
    found = list(enumerate(values))
    return found if direction is SortDirection.ASC else found[::-1]


def _only(where: Filter, value: Status | MediaType) -> Filter | None:
    """Narrow *where* to what has *value*, or return None where it lets none of it through."""
    if isinstance(value, Status):
        if where.statuses and value not in where.statuses:
            return None
        return replace(where, statuses=(value,))
    if where.media_types and value not in where.media_types:
        return None
    return replace(where, media_types=(value,))
