"""A kind that the application has never heard of is read, compared, written and reported like any other."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.accounts.models import SYSTEM, Organisation, OrganisationKind, Role
from app.core.audit import AuditEntry
from app.core.db import session
from app.core.errors import Forbidden, Invalid, Missing
from app.core.tabular import read_table
from app.core.web import App
from app.imports.operations import apply_import
from app.imports.plans import Counts, Outcome
from app.imports.queries import plan_import
from app.imports.reading import read_rows
from app.imports.records import ImportRow
from app.imports.sentences import at_column, remarks
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.imports.samples import READER, SAMPLES, group

ROOT = Path(__file__).resolve().parents[2]
LIST = "Number,Title,Grams,Hazardous,Collected\nS1,Basalt,20,no,2024-03-01\nS2,Olivine DUPLICATE,5,yes,2024/3/2\n"


def rows_of(content: str) -> list[ImportRow]:
    return list(read_rows(READER, read_table(content.encode(), "list.csv")))


def import_text(owner: Organisation, content: str) -> str:
    return str(apply_import(SAMPLES, SYSTEM, owner, rows_of(content)))


def samples() -> list[tuple[str, str, int]]:
    found = session.execute(text("SELECT number, title, grams FROM samples ORDER BY number"))
    return [(row.number, row.title, row.grams) for row in found]


def faults(content: str) -> list[tuple[int, str]]:
    return [(row.line, at_column(problem)) for row in rows_of(content) for problem in row.problems]


@pytest.mark.nodb
def test_the_module_names_no_kind_of_thing() -> None:
    """The one mention is the kind of uploads from before there were others."""
    files = [path for path in (ROOT / "app/imports").rglob("*") if path.suffix in {".py", ".html"}]
    assert len(files) > 15
    speaking = [path.name for path in files if "instrument" in path.read_text(encoding="utf-8").lower()]
    assert speaking == ["models.py"]


def test_importing_twice_changes_nothing_the_second_time() -> None:
    owner = make_organisation()
    assert import_text(owner, LIST) == "created 2, changed 0, unchanged 0, skipped 0, failed 0"
    assert import_text(owner, LIST) == "created 0, changed 0, unchanged 2, skipped 0, failed 0"
    assert samples() == [("S1", "Basalt", 20), ("S2", "Olivine DUPLICATE", 5)]


def test_what_differs_is_told_in_the_words_of_the_kind() -> None:
    owner = make_organisation()
    import_text(owner, LIST)
    changed = "Number,Title,Grams,Hazardous,Collected\nS1,Basalt,25,yes,2024-03-05\n"
    planned = next(plan_import(SAMPLES, owner, rows_of(changed)))
    assert planned.outcome is Outcome.CHANGED
    assert list(remarks(SAMPLES, planned)) == [
        "Weight: 20 g → 25 g",
        "Hazardous: no → yes",
        "Collected: 2024-03-01 → 2024-03-05",
    ]
    assert import_text(owner, changed) == "created 0, changed 1, unchanged 0, skipped 0, failed 0"
    assert samples()[0] == ("S1", "Basalt", 25)


def test_a_row_without_number_or_title_is_refused_where_keys_are_not_derived() -> None:
    assert faults("Number,Title\n,Basalt\nS2,\n") == [
        (2, "Column 1 Number: this cell must not be empty"),
        (3, "Column 2 Title: the title is empty"),
    ]


def test_repeated_and_refused_rows_stay_out_with_their_reasons() -> None:
    content = "Number,Title,Grams\nS1,Basalt,3\nS1,Basalt,3\nS1,Gneiss,3\nS3,Ash,0\nS4,Salt,much\n"
    assert faults(content) == [
        (4, "Column 1 Number: S1 stands in line 2 already"),
        (6, "Column 3 Grams: much is no weight in grams, e.g. 20"),
    ]
    assert [(row.line, str(row.skip)) for row in rows_of(content) if row.skip] == [
        (3, "the same as line 2"),
        (5, "nothing is left of it"),
    ]
    assert import_text(make_organisation(), content) == "created 1, changed 0, unchanged 0, skipped 2, failed 2"


@pytest.mark.parametrize(("content", "missing"), [("Number,Grams\n1,2\n", "Title"), ("Title,Grams\na,2\n", "Number")])
def test_each_required_column_must_be_there(content: str, missing: str) -> None:
    with pytest.raises(Invalid, match=f"No column is “{missing}”"):
        rows_of(content)


def test_an_import_is_recorded_and_heard_of_once_and_only_if_it_wrote() -> None:
    owner = make_organisation()
    for _time in range(2):
        apply_import(SAMPLES, make_actor(owner, Role.OWNER), owner, rows_of(LIST), source="list.csv")
    heard = select(AuditEntry.changes).where(AuditEntry.action == "sample.heard")
    imported = select(AuditEntry.changes).where(AuditEntry.action == "sample.import")
    assert session.scalars(heard).all() == [{"created": 2}]
    counts = Counts(created=2).as_json()
    assert session.scalars(imported).all() == [{"source": "list.csv", **counts}]


def test_the_rules_of_the_kind_decide_who_imports() -> None:
    owner = make_organisation()
    with pytest.raises(Forbidden):
        apply_import(SAMPLES, make_actor(owner, Role.BOOKER), owner, rows_of(LIST))
    with pytest.raises(Missing):
        apply_import(SAMPLES, make_actor(), owner, rows_of(LIST))
    assert samples() == []


def test_the_command_line_tells_of_lines_and_ends_with_the_counts(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    code = make_organisation().code
    file = tmp_path / "list.csv"
    file.write_text("编号,名称,Grams\nS1,玄武岩,20\nS2,灰,much\nS3,盐,0\n", encoding="gb18030")
    wanted = [
        "Line 3: Column 3 Grams: much is no weight in grams, e.g. 20",
        "Line 4: nothing is left of it",
        "created 1, changed 0, unchanged 0, skipped 1, failed 1",
    ]
    runner = app.test_cli_runner()
    dry = runner.invoke(group, ["import", str(file), "--owner", code, "--dry-run"])
    assert (dry.exit_code, dry.output.splitlines(), samples()) == (0, wanted, [])
    real = runner.invoke(group, ["import", str(file), "--owner", code])
    assert (real.exit_code, real.output.splitlines()) == (0, wanted)
    assert samples() == [("S1", "玄武岩", 20)]


def test_the_command_line_refuses_who_cannot_have_such_things(app: App, tmp_path: Path) -> None:
    operator = make_operator().organisation
    assert operator is not None
    assert operator.kind is OrganisationKind.OPERATOR
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    result = app.test_cli_runner().invoke(group, ["import", str(file), "--owner", operator.code])
    assert result.exit_code == 1
    assert f"{operator.name} is no enterprise or institution with samples." in result.output
    assert session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "sample.import")) == 0
