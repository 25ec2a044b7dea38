"""docs/scorecard.md, both flows and peers.md name the tests that prove what is promised, and each of them is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WANTED = {
    *(f"A {number}" for number in range(1, 12)), *(f"B {number}" for number in range(12, 17)),
    *(f"C {number}" for number in (26, 27, 28, 36, 37)), "D 42", "D 43",
    *(f"E {number}" for number in (46, 47, 48, 53, 54, 57, 58, 59, 60)),
}  # fmt: skip
LINE = re.compile(r"^\| ([A-F] \d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")

pytestmark = pytest.mark.nodb


def rows() -> dict[str, list[tuple[str, str]]]:
    """The tests (file, name) of each row."""
    text = (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8")
    found = [(row, NAMED.findall(tests)) for row, _promise, tests in LINE.findall(text)]
    assert len(found) == len({row for row, _tests in found}), "a row is there twice"
    return dict(found)


def test_every_check_has_a_row_with_tests() -> None:
    assert set(rows()) >= WANTED
    assert [row for row, tests in rows().items() if not tests] == []


@pytest.mark.parametrize(
    ("document", "least"), [("scorecard.md", 40), ("flows.md", 40), ("flows-market.md", 60), ("peers.md", 15)]
)
def test_every_named_test_exists_and_is_switched_on(document: str, least: int) -> None:
    named = NAMED.findall((ROOT / "docs" / document).read_text(encoding="utf-8"))
    assert len(named) > least
    missing = []
    for file, name in named:
        path = ROOT / file
        functions = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
        found = [one for one in functions if isinstance(one, ast.FunctionDef) and one.name == name]
        if not found or is_switched_off(found[0]):
            missing.append(f"{file}::{name}")
    assert missing == []


def is_switched_off(test: ast.FunctionDef) -> bool:
    """Whether a test is marked to be skipped or to fail."""
    return any(re.search(r"mark\.(skip|xfail)", ast.unparse(decorator)) for decorator in test.decorator_list)
