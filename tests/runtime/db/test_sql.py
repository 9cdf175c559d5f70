"""How one text is spelt for two databases."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hirewire.runtime.db.sql import for_postgres, for_sqlite, spread, statements

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
LITERALS = st.text(st.characters(codec="utf-8", exclude_characters="\0")).map(
    lambda text: "'" + text.replace("'", "''") + "'"
)


class TestPostgres:
    @pytest.mark.parametrize(
        ("sql", "text", "names"),
        [
            ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
            ("SELECT x::text, :x::uuid", "SELECT x::text, $1::uuid", ("x",)),
            ("WHERE x IN :ids AND y = :y", "WHERE x = ANY($1) AND y = $2", ("ids", "y")),
            ("WHERE x NOT IN :ids", "WHERE x <> ALL($1)", ("ids",)),
            ("SELECT ':a', \":b\", 'it''s :c'", "SELECT ':a', \":b\", 'it''s :c'", ()),
            ("SELECT 1 -- :a's @word\n, :b", "SELECT 1 -- :a's @word\n, $1", ("b",)),
            ("SELECT 'a@b.example'", "SELECT 'a@b.example'", ()),
            ("x @for_update @skip_locked", "x FOR UPDATE SKIP LOCKED", ()),
        ],
    )
    def test_numbers_parameters(self, sql: str, text: str, names: tuple[str, ...]) -> None:
        """
        Each name has one number, lists are compared with arrays, and quotes stay closed.
        """
        prepared = for_postgres(sql)

        assert (prepared.text, prepared.names) == (text, names)

    @given(names=st.lists(NAMES, min_size=1), literals=st.lists(LITERALS))
    def test_touches_no_literal(self, names: list[str], literals: list[str]) -> None:
        """
        Whatever stands in quotes stays as it is between parameters, each numbered once.
        """
        parts = [f":{name}" for name in names] + literals

        prepared = for_postgres("SELECT " + ", ".join(parts))

        numbers = [f"${prepared.names.index(name) + 1}" for name in names]
        assert prepared.text == "SELECT " + ", ".join(numbers + literals)
        assert prepared.names == tuple(dict.fromkeys(names))


class TestSqlite:
    @pytest.mark.parametrize(
        ("sql", "params", "rows"),
        [
            ("SELECT 1 WHERE 2 IN :ids", {"ids": [1, 2]}, [(1,)]),
            ("SELECT 1 WHERE 2 IN :ids", {"ids": []}, []),
            ("SELECT 1 WHERE 2 NOT IN :ids", {"ids": []}, [(1,)]),
            ("SELECT 'IN :ids' WHERE 2 IN :ids", {"ids": (2,)}, [("IN :ids",)]),
            ("SELECT :a WHERE 1 IN :ids AND 1 IN :ids", {"ids": [1], "a": 7}, [(7,)]),
        ],
    )
    def test_spreads_lists(
        self, sql: str, params: dict[str, object], rows: list[tuple[object]]
    ) -> None:
        """
        A list becomes as many parameters as it is long, wherever it is named.
        """
        memory = sqlite3.connect(":memory:")

        found = memory.execute(*spread(for_sqlite(sql), params)).fetchall()

        memory.close()
        assert found == rows

    def test_refuses_what_is_no_list(self) -> None:
        """
        A single value after `IN` is a mistake, and says so.
        """
        with pytest.raises(TypeError, match=":ids stands after IN and takes a list"):
            spread(for_sqlite("SELECT 1 WHERE 1 IN :ids"), {"ids": "12"})

    def test_locks_nothing(self) -> None:
        """
        The words for row locks mean nothing to the one writer.
        """
        assert for_sqlite("SELECT 1 @for_update @skip_locked").text.strip() == "SELECT 1"


class TestStatements:
    def test_end_with_a_semicolon_at_the_end_of_a_line(self) -> None:
        """
        Comment lines go, and a semicolon inside a line ends nothing.
        """
        script = "-- one; two\nSELECT ';', 1;\n\n  -- more\nSELECT\n 2;  \nSELECT 3"

        assert statements(script) == ["SELECT ';', 1", "SELECT\n 2", "SELECT 3"]
