"""`docs/errors.md`: every refusal, by its code."""

from hirewire.kit.refusals import HirewireError, every_refusal
from tools.docs.markdown import code, page, table
from tools.docs.package import first_sentence, is_ours, load_every_module, typed_fields

LEAD = """
What a caller can be refused for. The code is stable and the same in every API; the kind decides
the HTTP status, and what the API's own dialect says.
""".strip()


def errors_page() -> str:
    """Write the page."""
    load_every_module()
    rows = [_row(refusal) for refusal in every_refusal() if is_ours(refusal)]
    return page("Refusals", LEAD, table(["Code", "Kind", "When", "Fields"], rows))


def _row(refusal: type[HirewireError]) -> list[str]:
    carried = ", ".join(code(f"{name}: {kind}") for name, kind in typed_fields(refusal))
    return [code(refusal.code), code(refusal.kind.value), first_sentence(refusal), carried]
