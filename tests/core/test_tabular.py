"""Uploaded tables are read whatever their encoding, and refused with a sentence when they are something else."""

import io
import json
import re
import struct
import time
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from app.core.delimited import FORMULA_SIGNS, protect, unprotect, write_csv
from app.core.errors import Invalid
from app.core.i18n import force_locale
from app.core.tabular import Kind, Limits, Table, guess_encoding, read_table

PLAIN = "Name,ID\r\n质谱仪,1\r\n"


def cells(table: Table) -> list[tuple[str, ...]]:
    return [record.cells for record in table.rows()]


def lines(table: Table) -> list[int]:
    return [record.line for record in table.rows()]


def problems(table: Table) -> list[tuple[int, str]]:
    return [(record.line, str(record.problem)) for record in table.rows() if record.problem]


def workbook(*rows: tuple[object, ...], first_row: int = 0) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(first_row + number, 0, row)
    return stream.getvalue()


def code_of(data: bytes, name: str, **choices: str) -> str:
    with pytest.raises(Invalid) as caught:
        list(read_table(data, name, **choices).rows())  # type: ignore[arg-type]
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_recognised(encoding: str) -> None:
    table = read_table(PLAIN.encode(encoding), "list.csv")
    assert table.encoding == encoding.removesuffix("-sig")
    assert table.columns == ("Name", "ID")
    assert cells(table) == [("质谱仪", "1")]


def test_western_text_is_not_taken_for_chinese() -> None:
    data = "Name,Location\r\nFurnace 1200 °C,Zürich\r\nµ-CT,Genève\r\n".encode("windows-1252")
    assert guess_encoding(data) == "windows-1252"
    assert cells(read_table(data, "list.csv")) == [("Furnace 1200 °C", "Zürich"), ("µ-CT", "Genève")]


def test_a_chosen_encoding_overrules_the_guess_and_is_checked() -> None:
    data = "名稱\r\n儀器\r\n".encode("big5")
    assert cells(read_table(data, "list.csv", encoding="big5")) == [("儀器",)]
    assert code_of("名称\n仪器".encode("gb18030"), "list.csv", encoding="utf-8") == "wrong_encoding"
    assert code_of(b"a\n1", "list.csv", encoding="rot13") == "wrong_encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised(delimiter: str) -> None:
    text = delimiter.join(['"Name, full"', "ID", "Place"]) + "\n" + delimiter.join(["a", "1", "b"])
    table = read_table(text.encode(), "list.txt")
    assert (table.delimiter, table.columns) == (delimiter, ("Name, full", "ID", "Place"))
    assert cells(table) == [("a", "1", "b")]


def test_physical_lines_are_kept_across_quoted_line_breaks_and_blank_lines() -> None:
    data = b'Name,ID\r\n"two\r\nlines",1\r\n\r\n,\r\nlast,2\r\n'
    table = read_table(data, "list.csv")
    assert cells(table) == [("two\r\nlines", "1"), ("last", "2")]
    assert lines(table) == [2, 6]


def test_a_broken_quotation_mark_costs_one_line_only() -> None:
    data = b'Name,ID\n"never closed,1\nfine,2\n"in "the" middle",3\nalso fine,4\n'
    table = read_table(data, "list.csv")
    found = {record.line: bool(record.problem) for record in table.rows()}
    assert found == {2: True, 3: False, 4: True, 5: False}
    with force_locale("en"):
        assert "pair up" in problems(table)[0][1]


def test_a_file_of_broken_lines_is_refused_in_reasonable_time() -> None:
    assert code_of(b"Name\n" + b'"x\n' * 1101 + b"\n" * 60, "list.csv") in {"broken_lines"}


def test_short_rows_are_filled_and_surplus_cells_are_reported() -> None:
    table = read_table(b"Name,ID\na\nb,2,,\nc,3,surplus\n", "list.csv")
    assert cells(table) == [("a", ""), ("b", "2"), ("c", "3")]
    assert [line for line, _ in problems(table)] == [4]


def test_a_workbook_is_read_with_its_row_numbers() -> None:
    table = read_table(workbook(("Name", "ID"), ("质谱仪", 34081), ("", ""), ("x", 0.1), first_row=2), "list.xlsx")
    assert (table.kind, table.columns) == (Kind.XLSX, ("Name", "ID"))
    assert cells(table) == [("质谱仪", "34081"), ("x", "0.1")]
    assert lines(table) == [4, 6]


def test_json_is_read_as_an_array_and_as_one_object_a_line() -> None:
    rows = [{"cname": "激光", "worth": 67.81}, {"cname": "b", "innerId": 1, "image": None}]
    for text in (json.dumps(rows, indent=2), "\n".join(map(json.dumps, rows))):
        table = read_table(text.encode(), "list.json")
        assert table.columns == ("cname", "worth", "innerId", "image")
        assert cells(table) == [("激光", "67.81", "", ""), ("b", "", "1", "")]


def test_a_broken_json_object_costs_one_object_only() -> None:
    table = read_table(b'[\n{"a": "1"},\n{"a": oops},\n{"a": {"b": 1}},\n{"a": "4"}\n]', "list.json")
    assert [record.line for record in table.rows() if not record.problem] == [2, 5]
    assert [line for line, _ in problems(table)] == [3, 4]


def test_hostile_json_is_refused_and_not_computed() -> None:
    assert code_of(b"[" * 100_000, "list.json") == "not_objects"
    table = read_table(b'[{"a": ' + b"9" * 100_000 + b"}]", "list.json")
    assert len(cells(table)[0][0]) == 100_000


def test_a_few_control_characters_make_no_binary_of_a_list() -> None:
    """Soft line breaks, ends of DOS files and stray zeros, which lists from old systems hold, cost no row."""
    rows = "".join(f"Microscope {number},m-{number}\n" for number in range(20))
    table = read_table(f"Name,ID\n{rows}Two\x0blines,t-1\nA\x00zero,z-1\n\x1a".encode(), "list.csv")
    assert len(cells(table)) >= 22
    assert problems(table) == []


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "list.csv", "empty_file"),
        (b" \r\n ", "list.csv", "empty_file"),
        (b"%PDF-1.7 \xe2", "list.csv", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n", "list.csv", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "list.xls", "not_a_table"),
        (b"<!DOCTYPE html><table>", "list.xls", "not_a_table"),
        (b"Name,ID\n\x00\x01\x02", "list.csv", "not_a_table"),
        (b"PK\x03\x04 not really a zip", "list.xlsx", "not_a_table"),
        (b"Name,ID\na,1", "list.xlsx", "wrong_suffix"),
        (b"Name,ID\na,1", "list.json", "wrong_suffix"),
        (b'[{"cname": "a"}]', "list.csv", "wrong_suffix"),
        (b"[1, 2]", "list.json", "not_objects"),
        (workbook(("Name",)), "list.csv", "wrong_suffix"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_a_sentence(data: bytes, name: str, code: str) -> None:
    assert code_of(data, name) == code


def test_a_damaged_workbook_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook>")
    assert code_of(stream.getvalue(), "list.xlsx") == "damaged_file"


def test_the_theme_of_a_workbook_is_no_row() -> None:
    """The theme that Office 2007 and the common libraries write has rectangles with an ``r`` of 50000."""
    rows = (("Name", "ID"), ("Microscope", "m-1"))
    for data in (workbook(*rows), with_theme(workbook(*rows), b'<a:fillToRect l="50000" r="50000" b="180000"/>')):
        assert cells(read_table(data, "list.xlsx", limits=Limits(rows=20_000))) == [rows[1]]


@pytest.mark.parametrize(
    "row", [b'<row r="900000">', b"<x:row spans='1:2' r='900000'>", b'<row a="%s" r="900000">' % (b"b" * 70_000)]
)
def test_a_row_far_down_is_found_wherever_it_stands(row: bytes) -> None:
    assert code_of(with_theme(workbook(("Name",)), row), "list.xlsx") == "too_many_rows"


def with_theme(data: bytes, theme: bytes) -> bytes:
    """The same workbook with another part, long enough to be unpacked in several pieces."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part))
        new.writestr("xl/theme/theme9.xml", b"<a/>" * 250_000 + theme + b"<a/>" * 10_000, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def test_two_far_apart_cells_cannot_fill_the_memory() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Name")
        sheet.write(1_048_575, 16_383, "far")
    assert code_of(stream.getvalue(), "list.xlsx") == "too_many_rows"


def bomb(megabytes: int, *, states: int | None = None) -> bytes:
    """A workbook, small on the disk, whose sheet unpacks to that much; its directory may state another size."""
    stream = io.BytesIO()
    cells = b'<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row>'
    with (
        zipfile.ZipFile(io.BytesIO(workbook(("Name",)))) as good,
        zipfile.ZipFile(stream, "w", 8, compresslevel=1) as archive,
    ):
        for part in good.infolist():
            sheet = good.read(part)
            if part.filename.endswith("sheet1.xml"):
                filling = cells * (megabytes * 1024 * 1024 // len(cells))
                sheet = sheet.replace(b"</sheetData>", filling + b"</sheetData>")
            archive.writestr(part.filename, sheet)
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    data = stream.getvalue()
    return data if states is None else data.replace(struct.pack("<I", size), struct.pack("<I", states))


@pytest.mark.parametrize("states", [None, 1_000_000])
def test_a_small_workbook_cannot_unpack_to_hundreds_of_megabytes(states: int | None) -> None:
    data = bomb(300, states=states)
    assert len(data) < 5_000_000
    began = time.perf_counter()
    with pytest.raises(Invalid) as caught:
        read_table(data, "list.xlsx", limits=Limits(unpacked=64 * 1024 * 1024))
    assert time.perf_counter() - began < 1
    assert caught.value.code == "file_too_large"
    with force_locale("en"):
        assert str(caught.value) == "“list.xlsx” unpacks to more than 64 MB. Split it."


def test_a_workbook_within_the_limit_is_read_although_it_packs_well() -> None:
    assert cells(read_table(bomb(3), "list.xlsx"))[0] == ("x",)


def test_more_than_the_limits_is_refused_and_never_cut() -> None:
    limits = Limits(size=100, rows=2)
    with pytest.raises(Invalid) as caught:
        read_table(b"Name\n" + b"x" * 200, "list.csv", limits=limits)
    assert caught.value.code == "file_too_large"
    with pytest.raises(Invalid) as caught:
        list(read_table(b"Name\n1\n2\n3\n", "list.csv", limits=limits).rows())
    assert caught.value.code == "too_many_rows"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30))
def test_a_protected_cell_starts_harmlessly_and_can_be_restored(text: str) -> None:
    assert protect(text)[:1] not in set(FORMULA_SIGNS) or re.fullmatch(r"[+-][0-9.]+", text)
    assert unprotect(protect(text)) == text


def test_what_is_written_can_be_read_again() -> None:
    rows = [("=1+1", 5, None), ('say "x", y\nz', "-3", "'@a"), ("质谱", "", "")]
    data = b"".join(write_csv(["Name", "ID", "Note"], rows))
    assert cells(read_table(data, "list.csv")) == [
        ("=1+1", "5", ""),
        ('say "x", y\nz', "-3", "'@a"),
        ("质谱", "", ""),
    ]
