"""What is exported can be imported again and changes nothing, in both formats, for any instrument."""

import string
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.tabular import read_table
from app.core.wording import one_line, paragraphs
from app.equipment.exchange import nrii, uniquip
from app.equipment.exchange.formats import FORMATS, Format, FormatCode
from app.equipment.instruments.models import Instrument, ShareMode
from app.imports.comparing import changes
from app.imports.reading import read_rows

SIGNS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"])
LINES = st.text(SIGNS | st.sampled_from("'=+-@\",;|"), max_size=40).map(one_line)
TEXTS = st.text(SIGNS | st.just("\n"), max_size=60).map(paragraphs)
HOURS = st.sampled_from(["", "10 h/day", "24 h/day", "Full"])
TEXT_FIELDS = {field.target: field for reader in (uniquip, nrii) for field in reader.FIELDS if field.target}
LONG = {"description", "specifications", "functions", "services", "sharing_rule", "fee_note"}
TYPED = {"value_minor", "in_service_on", "share_mode", "is_customs_supervised", "class_code", "name", "asset_no"}


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    values: dict[str, Any] = {
        name: draw(TEXTS if name in LONG else LINES) for name in sorted(TEXT_FIELDS.keys() - TYPED)
    }
    values |= {
        "name": draw(LINES.filter(bool)),
        "asset_no": draw(LINES.filter(bool)),
        "class_code": draw(st.text(string.digits, min_size=6, max_size=6) | st.just("")),
        "value_minor": draw(st.none() | st.integers(0, 10**13)),
        "in_service_on": draw(st.none() | st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))),
        "share_mode": draw(st.sampled_from(ShareMode)),
        "is_customs_supervised": draw(st.booleans()),
        "extra": {"Service Level": draw(HOURS), "Department": draw(LINES), "instrSource": draw(LINES)},
    }
    return Instrument(**values)


def differences(instrument: Instrument, exchange: Format) -> list[Any]:
    written = b"".join(exchange.write([instrument]))
    rows = list(read_rows(exchange.reader, read_table(written, f"list.{exchange.suffix}")))
    assert len(rows) == 1
    if rows[0].skip:
        return []
    assert not rows[0].problems, [str(problem.message) for problem in rows[0].problems]
    assert rows[0].key == instrument.asset_no
    existing = {name: getattr(instrument, name) for name in (*TEXT_FIELDS, "extra")}
    return list(changes(existing, rows[0]).items())


@settings(max_examples=150, deadline=None)
@given(instruments())
def test_a_uniquip_export_imports_unchanged(instrument: Instrument) -> None:
    assert differences(instrument, FORMATS[FormatCode.UNIQUIP]) == []


@settings(max_examples=150, deadline=None)
@given(instruments())
def test_an_nrii_export_imports_unchanged(instrument: Instrument) -> None:
    assert differences(instrument, FORMATS[FormatCode.NRII]) == []
