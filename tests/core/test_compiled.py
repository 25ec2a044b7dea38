"""Templates compiled once for all processes."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from app.core.templating import CompiledTemplates

pytestmark = pytest.mark.nodb


def rendered(folder: Path, text: str) -> str:
    """The text as a process that has compiled nothing yet shows it."""
    keeper = CompiledTemplates(str(folder))
    return (
        Environment(loader=DictLoader({"page": text}), bytecode_cache=keeper, autoescape=True)
        .from_string("{% include 'page' %}")
        .render()
    )


def test_what_one_process_compiled_the_next_one_takes(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ 1 + 1 }}") == "2"
    (kept,) = tmp_path.iterdir()
    made = kept.stat()
    assert rendered(tmp_path, "{{ 1 + 1 }}") == "2"
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)


def test_a_changed_template_is_compiled_anew(tmp_path: Path) -> None:
    rendered(tmp_path, "before")
    assert rendered(tmp_path, "after") == "after"


def test_without_its_folder_a_page_is_shown_all_the_same(tmp_path: Path) -> None:
    assert rendered(tmp_path / "tidied away", "{{ 2 * 21 }}") == "42"
