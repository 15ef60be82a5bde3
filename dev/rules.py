"""`make rules`: write docs/rules.md, which names the tests that prove each rule.

A test says what it proves with `@pytest.mark.rule("H28")`; a class or a whole module
(`pytestmark`) may say it for all its tests. The files are read, not run.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from dev.prepare import ROOT

PAGE = ROOT / "docs" / "rules.md"
HEAD = """# Rules and the tests that prove them

Written by `make rules` from the `rule` marks in `tests/`; `make check` fails when it is stale.
"""


def rules_of(source: str) -> Iterator[tuple[str, str]]:
    """Every (rule, test name) of one test module's source."""
    module = ast.parse(source)
    return _tests(module.body, _module_marks(module), prefix="")


def _module_marks(module: ast.Module) -> list[str]:
    assigned = (node for node in module.body if isinstance(node, ast.Assign))
    return [
        rule
        for node in assigned
        if any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        )
        for rule in _marks(node.value)
    ]


def _tests(body: list[ast.stmt], inherited: list[str], prefix: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            continue
        rules = inherited + [rule for mark in node.decorator_list for rule in _marks(mark)]
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body, rules, prefix=f"{node.name}.")
        elif node.name.startswith("test_"):
            yield from ((rule, f"{prefix}{node.name}") for rule in rules)


def _marks(node: ast.expr) -> Iterator[str]:
    """The rules named in `pytest.mark.rule(...)` anywhere inside an expression."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.rule":
            yield from (str(word.value) for word in call.args if isinstance(word, ast.Constant))


def _in_order(rule: str) -> list[tuple[int, str]]:
    """C2 before C10."""
    return [(int(part or 0), word) for word, part in re.findall(r"(\D*)(\d*)", rule)]


def page(tests: Path) -> str:
    """The whole page for the tests below a folder."""
    proofs: dict[str, list[str]] = defaultdict(list)
    for path in sorted(tests.rglob("test_*.py")):
        for rule, name in rules_of(path.read_text()):
            proofs[rule].append(f"`{path.relative_to(tests.parent)}` {name}")
    sections = (
        f"\n## {rule}\n" + "".join(f"- {proof}\n" for proof in dict.fromkeys(proofs[rule]))
        for rule in sorted(proofs, key=_in_order)
    )
    return HEAD + "".join(sections)


def main() -> int:
    """With --check, only say whether the page is up to date."""
    wanted = page(ROOT / "tests")
    if "--check" not in sys.argv:
        PAGE.write_text(wanted)
        return 0
    if PAGE.is_file() and PAGE.read_text() == wanted:
        return 0
    print("docs/rules.md is out of date: run make rules")
    return 1


if __name__ == "__main__":
    sys.exit(main())
