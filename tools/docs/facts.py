"""`docs/facts.md`: every fact that the log can hold, by its kind."""

from hirewire.kit.facts import Fact, fact_kinds
from tools.docs.markdown import code, page, table
from tools.docs.package import first_sentence, is_ours, load_every_module, typed_fields

LEAD = """
What the log records. Every change of state tells its fact in the same transaction; everything
that reacts reads facts. A body is JSON with these fields.
""".strip()


def facts_page() -> str:
    """Write the page."""
    load_every_module()
    rows = [_row(kind, fact) for kind, fact in fact_kinds().items() if is_ours(fact)]
    return page("Facts", LEAD, table(["Kind", "What happened", "Fields"], rows))


def _row(kind: str, fact: type[Fact]) -> list[str]:
    carried = ", ".join(code(f"{name}: {of}") for name, of in typed_fields(fact))
    return [code(kind), first_sentence(fact), carried]
