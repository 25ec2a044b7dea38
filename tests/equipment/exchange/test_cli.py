"""`flask equipment import` and `export` on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select

from app.accounts.models import OrganisationKind
from app.core.db import session
from app.core.web import App
from app.equipment.exchange.cli import group
from app.equipment.instruments.models import Instrument
from tests.accounts.factories import make_organisation

REAL_FILE = Path(__file__).parents[3] / "app/equipment/demo/emsl-instruments.uniquip.csv"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def run(app: App, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(group, [str(argument) for argument in arguments])


def count() -> int:
    return session.scalar(select(func.count()).select_from(Instrument)) or 0


def test_the_last_line_counts_and_a_second_import_changes_nothing(app: App) -> None:
    code = make_organisation(OrganisationKind.INSTITUTION).code
    first = run(app, "import", REAL_FILE, "--format", "uniquip", "--owner", code)
    assert first.exit_code == 0
    lines = first.output.splitlines()
    assert lines[-1] == "created 143, changed 0, unchanged 0, skipped 6, failed 0"
    assert "Line 148: the name says DUPLICATE; the original is line 23" in lines
    second = run(app, "import", REAL_FILE, "--format", "uniquip", "--owner", code)
    assert second.output.splitlines()[-1] == "created 0, changed 0, unchanged 143, skipped 6, failed 0"


def test_a_dry_run_says_the_same_and_writes_nothing(app: App) -> None:
    code = make_organisation(OrganisationKind.INSTITUTION).code
    result = run(app, "import", REAL_FILE, "--owner", code, "--dry-run")
    assert result.output.splitlines()[-1] == "created 143, changed 0, unchanged 0, skipped 6, failed 0"
    assert count() == 0


def test_a_bad_row_is_reported_with_line_and_column(app: App, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Name,ID,Service Level\na,1,\nb,2,10 h per day\n", encoding="utf-8")
    result = run(
        app, "import", file, "--format", "uniquip", "--owner", make_organisation(OrganisationKind.INSTITUTION).code
    )
    assert result.output.splitlines() == [
        "Line 3: Column 3 Service Level: “10 h per day” cannot be understood; write it like 10 h/day",
        "created 1, changed 0, unchanged 0, skipped 0, failed 1",
    ]


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx", "list.json"])
def test_a_file_that_is_not_what_it_says_ends_with_a_sentence(app: App, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"%PDF-1.7\n\x00")
    result = run(
        app, "import", file, "--format", "uniquip", "--owner", make_organisation(OrganisationKind.INSTITUTION).code
    )
    assert result.exit_code == 1
    assert f"“{name}” is a PDF, not a table" in result.output


def test_an_unknown_owner_and_an_enterprise_are_refused(app: App) -> None:
    assert run(app, "import", REAL_FILE, "--owner", "12220000000000000X").exit_code == 1
    assert run(app, "import", REAL_FILE, "--owner", make_organisation().code).exit_code == 1


@pytest.mark.parametrize("code", ["uniquip", "nrii"])
def test_an_export_imports_unchanged(app: App, tmp_path: Path, code: str) -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION).code
    run(app, "import", REAL_FILE, "--owner", owner)
    file = tmp_path / ("list.csv" if code == "uniquip" else "list.json")
    assert run(app, "export", "--format", code, "--owner", owner, "--output", file).exit_code == 0
    result = run(app, "import", file, "--format", code, "--owner", owner)
    assert result.output.splitlines()[-1] == "created 0, changed 0, unchanged 143, skipped 0, failed 0"


def test_national_platform_records_are_imported(app: App, tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    records = [{"cname": "激光干涉仪", "innerId": "7", "worth": "67.81"}, {"cname": "坏", "innerId": "8", "worth": "x"}]
    file.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    result = run(
        app, "import", file, "--format", "nrii", "--owner", make_organisation(OrganisationKind.INSTITUTION).code
    )
    assert result.output.splitlines()[-1] == "created 1, changed 0, unchanged 0, skipped 0, failed 1"
    assert session.scalars(select(Instrument.value_minor)).one() == 67_810_000
