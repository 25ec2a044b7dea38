"""Any institution's UNIQUIP list is read: the real file, and lists with other columns, orders and encodings."""

from collections import Counter
from pathlib import Path

import pytest

from app.core.errors import Invalid
from app.core.tabular import read_table
from app.equipment.exchange import uniquip
from app.equipment.exchange.service_level import weekly_template
from app.imports.reading import match_columns, read_rows
from app.imports.records import ImportRow

REAL_FILE = Path(__file__).parents[3] / "app/equipment/demo/emsl-instruments.uniquip.csv"


def rows_of(text: str, *, encoding: str = "utf-8", columns: dict[int, str] | None = None) -> list[ImportRow]:
    return list(read_rows(uniquip.READER, read_table(text.encode(encoding), "list.csv"), columns))


def real_rows() -> list[ImportRow]:
    return list(read_rows(uniquip.READER, read_table(REAL_FILE.read_bytes(), REAL_FILE.name)))


def the_problem(text: str) -> tuple[int, int | None, str]:
    failed = [row for row in rows_of(text) if row.problems]
    assert len(failed) == 1
    assert len(failed[0].problems) == 1
    problem = failed[0].problems[0]
    return failed[0].line, problem.column.number if problem.column else None, str(problem.message)


def test_the_real_file_gives_143_instruments_and_skips_the_six_duplicates() -> None:
    rows = real_rows()
    assert Counter(row.is_usable for row in rows) == {True: 143, False: 6}
    assert [row.values["asset_no"] for row in rows if row.skip] == [
        "35025",
        "35026",
        "35032",
        "35033",
        "35034",
        "35038",
    ]
    assert not [row for row in rows if row.problems]


def test_the_real_file_has_clean_names_and_a_chinese_name_for_every_instrument() -> None:
    rows = [row for row in real_rows() if row.is_usable]
    assert all(row.label == " ".join(row.label.split()) for row in rows)
    assert all(row.derived["name_zh"] and row.derived["class_code"] for row in rows)
    desorption = next(row for row in rows if row.key == "35011")
    assert desorption.label == "Thermal Desorption GC-QTOFMS (2022)"
    assert desorption.is_cleaned
    bore = next(row for row in rows if row.key == "34230")
    assert bore.label == "Mass Spectrometer: 7.0 Tesla, 160mm Bore FTICR"


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    by_key = {row.key: row.line for row in real_rows()}
    text = REAL_FILE.read_text(encoding="utf-8").splitlines()
    assert all(f",{key}," in text[by_key[key] - 1] for key in ("1009", "34331", "35015", "35067"))
    assert "Thermal Desorption" in text[by_key["35011"] - 1]


def test_columns_may_be_missing_reordered_and_written_otherwise() -> None:
    rows = rows_of("asset no;SERVICE  LEVEL ;name;Comment\n7;24 h/day;Furnace;x\n")
    assert rows[0].values == {"asset_no": "7", "name": "Furnace", "extra": {"Service Level": "24 h/day"}}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_lists_in_other_encodings_are_read(encoding: str) -> None:
    rows = rows_of("Name,ID,Building\r\n扫描电镜,7,化学楼\r\n", encoding=encoding)
    assert rows[0].values == {"name": "扫描电镜", "asset_no": "7", "building": "化学楼"}
    assert rows[0].derived == {"name_zh": "扫描电镜", "class_code": "0101"}


def test_a_person_may_say_which_column_is_which() -> None:
    rows = rows_of("Bezeichnung,Nr\nOfen,7\n", columns={0: "Name", 1: "ID"})
    assert rows[0].values == {"name": "Ofen", "asset_no": "7"}


def test_a_list_without_names_is_refused_with_its_columns() -> None:
    with pytest.raises(Invalid) as caught:
        rows_of("Bezeichnung,Nr\nOfen,7\n")
    assert caught.value.code == "column_missing"
    assert "Bezeichnung, Nr" in str(caught.value)


def test_the_same_heading_twice_is_matched_once() -> None:
    assert match_columns(uniquip.READER, ("Name", "name", "ID")) == {0: "Name", 2: "ID"}


def test_a_row_without_a_name_is_reported_at_its_cell() -> None:
    assert the_problem("ID,Name\n1,\n2,b\n") == (2, 2, "the name is empty")


def test_hours_that_cannot_be_understood_are_reported_with_a_remedy() -> None:
    line, column, sentence = the_problem("Name,ID,Service Level\na,1,10 h/day\nb,2,10 h per day\n")
    assert (line, column) == (3, 3)
    assert sentence == "“10 h per day” cannot be understood; write it like 10 h/day"


def test_more_hours_than_a_day_has_are_reported() -> None:
    assert the_problem("Name,ID,Service Level\na,1,25 h/day\n")[0] == 2


def test_service_levels_in_words_are_kept_and_give_the_default_hours() -> None:
    rows = rows_of("Name,ID,Service Level\na,1,Full service\n")
    assert rows[0].values["extra"] == {"Service Level": "Full service"}
    assert weekly_template("Full service") == weekly_template("10 h/day")


def test_hours_a_day_give_the_weekly_template() -> None:
    assert weekly_template("10 h/day") == [(weekday, 480, 1080) for weekday in range(5)]
    assert weekly_template("24 h/day") == [(weekday, 0, 1440) for weekday in range(7)]
    assert weekly_template("7.5 小时/天") == [(weekday, 480, 930) for weekday in range(5)]
    assert weekly_template("20 h/day") == [(weekday, 240, 1440) for weekday in range(5)]


def test_the_same_key_twice_names_the_first_line() -> None:
    line, column, sentence = the_problem("ID,Name\n7,a\n8,b\n7,c\n")
    assert (line, column, sentence) == (4, 1, "7 stands in line 2 already")


def test_the_same_row_twice_is_skipped() -> None:
    rows = rows_of("ID,Name\n7,a\n7,a \n")
    assert str(rows[1].skip) == "the same as line 2"


def test_a_row_marked_as_a_duplicate_names_the_original() -> None:
    rows = rows_of('ID,Name\n1,"12T FTICR MALDI (2004)"\n2,12T FTICR-MALDI (2004) - DUPLICATE\n3,x (duplicate)\n')
    assert [str(row.skip or "") for row in rows] == [
        "",
        "the name says DUPLICATE; the original is line 2",
        "the name says DUPLICATE",
    ]


def test_a_word_like_duplicate_inside_a_name_is_not_a_mark() -> None:
    assert rows_of("ID,Name\n1,Duplicate film processor\n")[0].is_usable


def test_a_row_without_an_id_gets_a_stable_one_of_name_and_place() -> None:
    first, second = rows_of("Name,Building\nFurnace,A\nFurnace,B\n")
    again = rows_of("Building,Name\nB,Furnace\n")[0]
    assert first.key.startswith("auto-")
    assert first.key != second.key
    assert again.key == second.key


def test_a_facility_is_skipped() -> None:
    assert str(rows_of("Type,Name,ID\nfacility,Centre,1\n")[0].skip) == "a facility, not a single instrument"


def test_a_broken_row_is_reported_and_the_others_are_kept() -> None:
    rows = rows_of('Name,ID\n"a"b,1\nc,2\n')
    assert [(row.line, row.is_usable) for row in rows] == [(2, False), (3, True)]


def test_markup_and_formulas_are_just_text() -> None:
    row = rows_of("Name,ID,Description\n<script>alert(1)</script>,=1+1,'; DROP TABLE instruments; --\n")[0]
    assert row.values == {
        "name": "<script>alert(1)</script>",
        "asset_no": "=1+1",
        "description": "'; DROP TABLE instruments; --",
    }


def test_a_cell_that_is_too_long_is_reported() -> None:
    assert "at most 300" in the_problem(f"Name,ID\n{'x' * 301},1\n")[2]
