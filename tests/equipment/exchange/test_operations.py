"""Importing a list: what is created, changed and left alone, and that a second time nothing happens."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Organisation, OrganisationKind, Role
from app.core.audit import AuditEntry
from app.core.db import session
from app.core.errors import Forbidden, Missing
from app.core.tabular import read_table
from app.equipment.exchange.formats import FORMATS, FormatCode
from app.equipment.exchange.operations import apply_import, plan_import
from app.equipment.exchange.queries import exportable_instruments
from app.equipment.exchange.uniquip import READER
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.schedule.models import BookingRules, OpeningStretch
from app.imports.plans import Outcome, PlannedRow
from app.imports.reading import read_rows
from app.imports.records import ImportRow
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_instrument

REAL_FILE = Path(__file__).parents[3] / "app/equipment/demo/emsl-instruments.uniquip.csv"


def make_institution() -> Organisation:
    return make_organisation(OrganisationKind.INSTITUTION)


def rows_of(text: str | bytes) -> list[ImportRow]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_rows(READER, read_table(data, "list.csv")))


def import_text(owner: Organisation, text: str | bytes) -> str:
    return str(apply_import(SYSTEM, owner, rows_of(text)))


def instruments_of(owner: Organisation) -> dict[str, Instrument]:
    session.expire_all()
    found = session.scalars(select(Instrument).where(Instrument.owner_id == owner.id))
    return {instrument.asset_no: instrument for instrument in found}


def hours_of(instrument: Instrument) -> list[tuple[int, int, int]]:
    stretches = select(OpeningStretch.weekday, OpeningStretch.starts_minute, OpeningStretch.ends_minute)
    found = session.execute(stretches.where(OpeningStretch.instrument_id == instrument.id))
    return sorted((row.weekday, row.starts_minute, row.ends_minute) for row in found)


def test_the_real_file_creates_143_drafts_and_a_second_import_changes_nothing() -> None:
    owner = make_institution()
    assert import_text(owner, REAL_FILE.read_bytes()) == "created 143, changed 0, unchanged 0, skipped 6, failed 0"
    before = {key: (each.revision, each.changed_at) for key, each in instruments_of(owner).items()}
    assert import_text(owner, REAL_FILE.read_bytes()) == "created 0, changed 0, unchanged 143, skipped 6, failed 0"
    found = instruments_of(owner)
    assert {key: (each.revision, each.changed_at) for key, each in found.items()} == before
    assert {each.state for each in found.values()} == {InstrumentState.DRAFT}
    assert found["34231"].name_zh == "四极杆-轨道阱液质联用仪"
    assert found["34231"].site == "Richland, WA"
    assert found["34231"].region == owner.region


def test_hours_follow_the_service_level_and_default_when_there_is_none() -> None:
    owner = make_institution()
    import_text(owner, REAL_FILE.read_bytes())
    found = instruments_of(owner)
    assert hours_of(found["1010"]) == [(weekday, 0, 1440) for weekday in range(7)]
    assert hours_of(found["1009"]) == [(weekday, 480, 1080) for weekday in range(5)]
    assert hours_of(found["35011"]) == [(weekday, 480, 1080) for weekday in range(5)]
    assert session.scalar(select(func.count()).select_from(BookingRules)) == 143


def test_a_bad_row_fails_alone() -> None:
    owner = make_institution()
    text = "Name,ID,Service Level\nGood,1,10 h/day\nBad,2,10 h per day\n,3,\nAlso good,4,\n"
    assert import_text(owner, text) == "created 2, changed 0, unchanged 0, skipped 0, failed 2"
    assert instruments_of(owner).keys() == {"1", "4"}


def test_a_changed_cell_changes_its_field_and_nothing_else() -> None:
    owner = make_institution()
    import_text(owner, "Name,ID,Building,Description\nFurnace,1,A,Old\nOther,2,B,\n")
    plan = list(plan_import(owner, rows_of("Name,ID,Building\nFurnace,1,Z\nOther,2,\n")))
    assert [(each.outcome, each.changes) for each in plan] == [
        (Outcome.CHANGED, {"building": ("A", "Z")}),
        (Outcome.UNCHANGED, {}),
    ]
    assert import_text(owner, "Name,ID,Building\nFurnace,1,Z\nOther,2,\n").startswith("created 0, changed 1, unch")
    found = instruments_of(owner)
    assert (found["1"].building, found["1"].description, found["1"].revision) == ("Z", "Old", 2)
    assert (found["2"].building, found["2"].revision) == ("B", 1)


def test_planning_writes_nothing() -> None:
    owner = make_institution()
    list(plan_import(owner, rows_of("Name,ID\na,1\n")))
    assert instruments_of(owner) == {}


def test_what_people_changed_by_hand_is_not_overwritten_by_what_was_derived() -> None:
    owner = make_institution()
    import_text(owner, "Name,ID,Technique\nQE HFX,1,Orbitrap LC-MS\n")
    instruments_of(owner)["1"].name_zh = "自己取的名字"
    session.flush()
    assert import_text(owner, "Name,ID,Technique\nQE HFX,1,Orbitrap LC-MS\n").endswith(
        "unchanged 1, skipped 0, failed 0"
    )
    assert instruments_of(owner)["1"].name_zh == "自己取的名字"


def test_a_new_service_level_moves_the_hours_unless_they_were_set_by_hand() -> None:
    owner = make_institution()
    import_text(owner, "Name,ID,Service Level\na,1,10 h/day\nb,2,10 h/day\n")
    by_hand = instruments_of(owner)["2"]
    session.add(OpeningStretch(instrument_id=by_hand.id, weekday=6, starts_minute=0, ends_minute=60))
    session.flush()
    kept = hours_of(by_hand)
    assert "changed 2" in import_text(owner, "Name,ID,Service Level\na,1,24 h/day\nb,2,24 h/day\n")
    found = instruments_of(owner)
    assert hours_of(found["1"]) == [(weekday, 0, 1440) for weekday in range(7)]
    assert hours_of(found["2"]) == kept


def test_a_published_instrument_stays_published() -> None:
    owner = make_institution()
    make_instrument(owner, asset_no="1", name="a")
    assert "changed 1" in import_text(owner, "Name,ID\nb,1\n")
    assert instruments_of(owner)["1"].state is InstrumentState.PUBLISHED


def test_the_same_number_at_another_institution_is_another_instrument() -> None:
    first, second = make_institution(), make_institution()
    import_text(first, "Name,ID\na,1\n")
    assert import_text(second, "Name,ID\nb,1\n").startswith("created 1")
    assert instruments_of(first)["1"].name == "a"


@pytest.mark.parametrize("code", list(FormatCode))
def test_an_export_of_the_real_list_imports_unchanged(code: FormatCode) -> None:
    owner = make_institution()
    import_text(owner, REAL_FILE.read_bytes())
    exchange = FORMATS[code]
    written = b"".join(exchange.write(exportable_instruments(owner)))
    rows = read_rows(exchange.reader, read_table(written, f"x.{exchange.suffix}"))
    assert str(apply_import(SYSTEM, owner, rows)) == "created 0, changed 0, unchanged 143, skipped 0, failed 0"


def test_many_rows_need_few_statements(max_queries: Callable[[int], AbstractContextManager[list[str]]]) -> None:
    owner = make_institution()
    text = "Name,ID\n" + "".join(f"Furnace {number},{number}\n" for number in range(4000))
    with max_queries(10):
        assert import_text(owner, text).startswith("created 4000")


def test_every_row_is_told_and_the_import_is_recorded_once() -> None:
    owner = make_institution()
    actor = make_actor(owner, Role.MANAGER)
    told: list[PlannedRow] = []
    apply_import(actor, owner, rows_of("Name,ID\na,1\nb,1\n"), source="list.csv", tell=told.append)
    assert [each.outcome for each in told] == [Outcome.CREATED, Outcome.FAILED]
    entries = list(session.scalars(select(AuditEntry).where(AuditEntry.action == "instrument.import")))
    assert len(entries) == 1
    assert entries[0].changes["created"] == 1
    assert entries[0].user_id == actor.user_id


def test_only_a_manager_of_the_institution_imports() -> None:
    owner = make_institution()
    with pytest.raises(Forbidden):
        apply_import(make_actor(owner, Role.TECHNICIAN), owner, rows_of("Name,ID\na,1\n"))
    for stranger in (make_actor(make_institution(), Role.OWNER), make_actor()):
        with pytest.raises(Missing):
            apply_import(stranger, owner, rows_of("Name,ID\na,1\n"))
    enterprise = make_organisation()
    with pytest.raises(Missing):
        apply_import(make_actor(enterprise, Role.OWNER), enterprise, rows_of("Name,ID\na,1\n"))
