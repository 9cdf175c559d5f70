"""The house lint: what each rule refuses, what it lets pass, and how it is set aside."""

from pathlib import Path
from textwrap import dedent

import pytest

from tools.lint.__main__ import lint, main
from tools.lint.source import Source

SLICE = "src/hirewire/interviews/service.py"


def broken(path: str, code: str) -> list[tuple[str, int]]:
    """Lint *code* as if it stood at *path*, below a good first sentence."""
    text = '"""A module that says what it owns."""\n' + dedent(code)
    return [(f.rule, f.first_line) for f in lint(Source.parse(path, text))]


class TestClock:
    @pytest.mark.parametrize(
        "code",
        [
            "import time\nNOW = time.time()",
            "import time as t\nNOW = t.monotonic()",
            "from time import perf_counter\nNOW = perf_counter()",
            "from datetime import datetime\nNOW = datetime.now()",
            "import datetime as dt\nNOW = dt.datetime.utcnow()",
            "from datetime import date\nTODAY = date.today",
            "from random import choice\nONE = choice([1])",
            "import secrets\nKEY = secrets.token_bytes(16)",
            "import os\nKEY = os.urandom(16)",
            "from cryptography.x import rsa\nKEY = rsa.generate_private_key(65537, 2048)",
            "from cryptography.x import Ed25519PrivateKey\nNEW = Ed25519PrivateKey.generate",
            "from uuid import uuid4\nMAKE = uuid4",
            "from asyncio import sleep\nWAIT = sleep(1)",
            "LOOP = object()\nLOOP.call_later(1, print)",
        ],
    )
    def test_refuses_what_cannot_be_repeated(self, code: str) -> None:
        """
        Time, waiting and randomness are found under whatever name they were imported.
        """
        found = broken(SLICE, code)

        assert found == [("clock", 3)]

    @pytest.mark.parametrize(
        "code",
        [
            "from datetime import datetime\nREAD = datetime.fromisoformat",
            "import secrets\nSAME = secrets.compare_digest",
            "def wait(clock: object) -> None:\n    clock.call_later(1, print)",
            "class Hub:\n    def now(self) -> object:\n        return self._clock.now()",
        ],
    )
    def test_lets_the_clock_itself_be_asked(self, code: str) -> None:
        """
        Parsing a time, comparing a secret and asking a `clock` break nothing.
        """
        found = broken(SLICE, code)

        assert found == []

    @pytest.mark.parametrize("path", ["src/hirewire/kit/clock.py", "bench/sse.py"])
    def test_leaves_kit_and_the_tools_alone(self, path: str) -> None:
        """
        `kit` has to read the time, and code outside the package may.
        """
        found = broken(path, "import time\nNOW = time.time()")

        assert found == []


class TestCommit:
    @pytest.mark.parametrize("verb", ["commit", "rollback"])
    def test_refuses_to_end_a_transaction_in_a_slice(self, verb: str) -> None:
        """
        A slice that commits or rolls back is found.
        """
        found = broken(SLICE, f"def save(uow: object) -> None:\n    uow.{verb}()")

        assert found == [("commit", 3)]

    @pytest.mark.parametrize(
        "floor", ["runtime/db/sqlite/writer", "server/parts", "web/graphql"]
    )
    def test_lets_the_floors_that_own_transactions_do_it(self, floor: str) -> None:
        """
        The rule is for slices only.
        """
        found = broken(
            f"src/hirewire/{floor}.py", "def end(tx: object) -> None:\n    tx.commit()"
        )

        assert found == []


class TestSql:
    @pytest.mark.parametrize(
        "code",
        [
            'ROWS = "SELECT id FROM interviews"',
            'ROWS = f"SELECT {COLUMNS} FROM interviews"',
            'ROWS = """\n  INSERT INTO interviews VALUES (:id)"""',
            'ROWS = "UPDATE interviews SET title = :title"',
            'ROWS = "delete from interviews where id = :id"',
            'ROWS = "CREATE TABLE interviews (id TEXT)"',
        ],
    )
    def test_refuses_a_statement_outside_the_store(self, code: str) -> None:
        """
        A string that begins as SQL does is found, formatted or not, once.
        """
        found = broken(SLICE, code)

        assert found == [("sql", 2)]

    @pytest.mark.parametrize(
        "code",
        [
            'SAID = "Select the employer, then save."',
            'METHOD = "DELETE"',
            'def read() -> None:\n    """SELECT * FROM is what the store says."""',
        ],
    )
    def test_lets_prose_pass(self, code: str) -> None:
        """
        Sentences, HTTP methods and docstrings are no statements.
        """
        found = broken(SLICE, code)

        assert found == []

    @pytest.mark.parametrize(
        "path",
        [
            "interviews/store.py",
            "runtime/db/migrate.py",
            "runtime/log.py",
            "runtime/tasks/q.py",
        ],
    )
    def test_lets_the_store_and_the_runtime_speak_it(self, path: str) -> None:
        """
        The files that know tables may.
        """
        found = broken(f"src/hirewire/{path}", 'ROWS = "SELECT id FROM interviews"')

        assert found == []


class TestInnerImport:
    def test_refuses_an_import_in_a_function(self) -> None:
        """
        An import in a function, also in one within another, is found once.
        """
        code = """
            async def outer() -> None:
                def inner() -> None:
                    import json
        """

        found = broken("tests/test_x.py", code)

        assert found == [("inner-import", 5)]

    def test_lets_imports_at_the_top_pass(self) -> None:
        """
        A conditional import at module level is none in a function.
        """
        found = broken(SLICE, "if True:\n    import json")

        assert found == []


class TestLongFunction:
    def test_refuses_sixty_one_lines(self) -> None:
        """
        A function of 61 lines, its `def` counted, is found.
        """
        code = "def long() -> None:\n" + "    print()\n" * 60

        found = broken("bench/x.py", code)

        assert found == [("long-function", 2)]

    def test_lets_sixty_lines_pass(self) -> None:
        """
        Sixty lines are allowed, and decorators do not count.
        """
        code = "@staticmethod\ndef fits() -> None:\n" + "    print()\n" * 59

        found = broken("bench/x.py", code)

        assert found == []


class TestLongModule:
    @pytest.mark.parametrize("folder", ["src/hirewire/interviews", "tests", "bench", "tools"])
    def test_refuses_five_hundred_and_one_lines(self, folder: str) -> None:
        """
        A file of 501 lines is found wherever it stands, its docstring counted.
        """
        found = broken(f"{folder}/x.py", "X = 1\n" * 500)

        assert found == [("long-module", 1)]

    def test_lets_five_hundred_lines_pass(self) -> None:
        """
        Five hundred lines are allowed.
        """
        found = broken("tests/test_x.py", "X = 1\n" * 499)

        assert found == []

    def test_is_set_aside_on_the_first_line(self) -> None:
        """
        A table that cannot be cut may be longer when the first line says why.
        """
        text = '"""A table."""  # lint: allow long-module - a table\n' + "X = 1\n" * 500

        found = lint(Source.parse("tests/table.py", text))

        assert found == []


class TestFirstSentence:
    @pytest.mark.parametrize("text", ["", "X = 1\n", '"""No period"""\n', '"""\n\n"""\n'])
    def test_refuses_a_module_that_does_not_begin_with_a_sentence(self, text: str) -> None:
        """
        No docstring, an empty one, and one without a period are found.
        """
        found = lint(Source.parse(SLICE, text))

        assert [(f.rule, f.first_line) for f in found] == [("first-sentence", 1)]

    @pytest.mark.parametrize(
        "text", ['"""One sentence."""\n', '"""\nOne sentence,\non two lines.\n\nMore\n"""\n']
    )
    def test_lets_a_sentence_pass(self, text: str) -> None:
        """
        The first paragraph counts, however many lines it has.
        """
        found = lint(Source.parse(SLICE, text))

        assert found == []


class TestEscape:
    def test_sets_a_rule_aside_on_its_line_or_the_next(self) -> None:
        """
        A reasoned escape on the line itself, or alone above it, excuses that line only.
        """
        code = """
            import time

            A = time.time()  # lint: allow clock - the start of the process
            # lint: allow clock - the same, from above
            B = time.time()
            C = time.time()
        """

        found = broken(SLICE, code)

        assert found == [("clock", 8)]

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            (SLICE, "X.commit()  # lint: allow commit - X is a form, not a transaction"),
            (SLICE, 'Q = """SELECT\n1"""  # lint: allow sql - an example for people'),
            (SLICE, "def f() -> None:\n    import x  # lint: allow inner-import - heavy"),
            (
                SLICE,
                "def f() -> None:  # lint: allow long-function - a table\n"
                + "    print()\n" * 60,
            ),
        ],
    )
    def test_works_for_every_rule(self, path: str, code: str) -> None:
        """
        Each rule can be set aside where it is broken.
        """
        found = broken(path, code)

        assert found == []

    def test_of_a_missing_first_sentence_stands_on_the_first_line(self) -> None:
        """
        A module may go without a sentence when its first line says why.
        """
        text = "X = 1  # lint: allow first-sentence - generated\n"

        found = lint(Source.parse(SLICE, text))

        assert found == []

    @pytest.mark.parametrize(
        "comment",
        ["# lint: allow clock", "# lint: allow clock - ", "# lint: allow haste - why not"],
    )
    def test_without_a_rule_and_a_reason_excuses_nothing(self, comment: str) -> None:
        """
        The rule stays broken, and the escape is a finding too.
        """
        found = broken(SLICE, f"import time\nNOW = time.time()  {comment}")

        assert found == [("clock", 3), ("escape", 3)]

    def test_that_excuses_nothing_is_itself_found(self) -> None:
        """
        An escape left behind after its reason went is to be removed.
        """
        found = broken(SLICE, "X = 1  # lint: allow clock - it was needed once")

        assert found == [("escape", 2)]


class TestMain:
    def test_prints_each_broken_rule_and_fails(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """
        The output names file, line, rule and reason; the exit code is 1.
        """
        (tmp_path / "tools").mkdir()
        (tmp_path / "tools" / "x.py").write_text("X = 1\n")
        monkeypatch.chdir(tmp_path)

        code = main(["tools"])

        assert code == 1
        assert capsys.readouterr().out.splitlines() == [
            "tools/x.py:1: first-sentence: the module has no docstring",
            "house: 1 files, 1 broken rules",
        ]

    def test_succeeds_when_nothing_is_broken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A good file leaves the exit code 0.
        """
        (tmp_path / "x.py").write_text('"""A good file."""\n')
        monkeypatch.chdir(tmp_path)

        code = main(["x.py"])

        assert code == 0
