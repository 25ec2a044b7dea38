"""What the whole schema keeps, whatever tables are added: stretches exclude, amounts are whole, rows are hidden."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from app.core.db import Base, session
from app.core.ids import uuid7
from tests.equipment.factories import make_instrument

# Tables with the rows of one or two organisations that no policy of the database hides, each with the reason. Their
# views ask `visible_to` or `load`, which the access matrix holds them to.
SEEN_BY_PYTHON_ALONE = {
    "bill_lines": "read with their bill, which is hidden",
    "collections": "read by the operator and with payouts",
    "credit_notes": "read with their charge, which is hidden",
    "instruments": "public once they are published; policies would hide the catalogue",
    "ledger_accounts": "read by the operator, and sums by organisation",
    "payments": "read with their bill, and by the operator",
    "payouts": "read with the statement of their institution",
    "statement_lines": "read with their statement, which is hidden",
}
PARTIES = {"payer_id", "provider_id", "owner_id", "licensor_id", "licensee_id", "asker_id", "seller_id", "buyer_id"}

# Tables whose rows hang on a hidden one and are not hidden themselves, besides those above.
HANGING_OPENLY = {
    "publications": "what is public of a declaration; the feeds and OAI-PMH show all of it",
    "use_reports": "read with their booking, which is hidden",
    "uses": "read with their booking, which is hidden",
    "watches": "of one person, whom `WatchPolicy` asks for; a watched patent is public",
}

# Stretches of time that say what was, is wished for or offered, and claim nothing.
TELLING = {
    ("charges", "service_period"),
    ("reservations", "booked_period"),
    ("reservations", "proposed_period"),
    ("waiting_entries", "days"),
    ("waiting_entries", "offered"),
}


def test_every_stretch_that_somebody_takes_excludes_others() -> None:
    columns = session.execute(
        text("SELECT table_name, column_name FROM information_schema.columns "
             "WHERE table_schema = 'public' AND udt_name = 'tstzrange'")
    )  # fmt: skip
    claiming = {(table, column) for table, column in columns} - TELLING
    assert claiming == {("occupations", "period"), ("reservations", "period")}
    rules = session.execute(
        text("SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint "
             "WHERE contype IN ('x', 'f')")
    ).all()  # fmt: skip
    assert any(table == "occupations" and kind == "x" and "period WITH &&" in rule for table, kind, rule in rules)
    assert any(
        table == "reservations" and "(id, instrument_id, period, occupies) REFERENCES occupations" in rule
        for table, _kind, rule in rules
    )


@pytest.mark.parametrize("stretch", ["empty", "[2027-01-01,2027-01-02]", "(2027-01-01,2027-01-02)", "[2027-01-01,)"])
def test_an_empty_or_closed_stretch_is_refused_by_the_database(stretch: str) -> None:
    instrument = make_instrument()
    with pytest.raises((IntegrityError, DataError)), session.begin_nested():
        session.execute(
            text("INSERT INTO occupations (id, instrument_id, period, kind, active, reason, holder) "
                 "VALUES (:id, :instrument, CAST(:stretch AS tstzrange), 'maintenance', true, '', '')"),
            {"id": uuid7(), "instrument": instrument.id, "stretch": stretch},
        )  # fmt: skip


def test_amounts_are_whole_minor_units() -> None:
    kinds = session.execute(
        text("SELECT table_name || '.' || column_name, data_type FROM information_schema.columns "
             "WHERE table_schema = 'public'")
    ).all()  # fmt: skip
    amounts = {name: kind for name, kind in kinds if name.endswith("_minor")}
    assert len(amounts) > 15
    assert set(amounts.values()) == {"bigint"}
    assert [name for name, kind in kinds if kind in {"real", "double precision", "money"}] == []


def test_rows_of_one_organisation_are_hidden_by_the_database_or_their_reason_is_named() -> None:
    hidden = set(
        session.scalars(text("SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))
    )
    assert hidden >= {"reservations", "charges", "statements", "bills"}
    with_parties = {name for name, table in Base.metadata.tables.items() if PARTIES & set(table.columns.keys())}
    assert with_parties - hidden == set(SEEN_BY_PYTHON_ALONE)


def test_what_hangs_on_hidden_rows_is_hidden_too_or_its_reason_is_named() -> None:
    hidden = set(session.scalars(text("SELECT relname::text FROM pg_class WHERE relrowsecurity")))
    hanging = {
        name
        for name, table in Base.metadata.tables.items()
        if any(key.column.table.name in hidden for key in table.foreign_keys)
    }
    assert hanging - hidden <= {*SEEN_BY_PYTHON_ALONE, *HANGING_OPENLY}
    assert set(HANGING_OPENLY) <= hanging - hidden
