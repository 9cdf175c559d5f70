"""What a name in a file stands for, as its imports say."""

import ast
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Origins:
    """The dotted origin of each imported name: `dt` is `datetime.datetime`."""

    of_name: dict[str, str]

    @classmethod
    def of(cls, tree: ast.Module) -> Self:
        """Gather every import in *tree*, wherever it stands."""
        found: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(_plain(node))
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.update(
                    {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
                )
        return cls(found)

    def resolve(self, node: ast.expr) -> str:
        """The dotted origin of a name or an attribute of an import; empty when it is none."""
        if isinstance(node, ast.Name):
            return self.of_name.get(node.id, "")
        if isinstance(node, ast.Attribute) and (owner := self.resolve(node.value)):
            return f"{owner}.{node.attr}"
        return ""


def _plain(node: ast.Import) -> dict[str, str]:
    """`import a.b` binds `a`; `import a.b as c` binds `c` to `a.b`."""
    return {
        a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
        for a in node.names
    }
