"""Files of lists: read completely before the answer begins, harmless in a spreadsheet."""

import csv
import io
from collections.abc import Iterator

import pytest

from app.core.delimited import protect, unprotect
from app.core.pages import MEMORY_BYTES, csv_response, file_response


def test_rows_are_read_while_the_database_still_belongs_to_the_request() -> None:
    read = []

    def rows() -> Iterator[tuple[str]]:
        for number in range(3):
            read.append(number)
            yield (f"行{number}",)

    response = csv_response("list", ("A",), rows())
    assert read == [0, 1, 2]
    body = response.get_data()
    assert list(csv.reader(io.StringIO(body.decode("utf-8-sig")))) == [["A"], ["行0"], ["行1"], ["行2"]]
    assert body.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Disposition"] == "attachment; filename=list.csv"
    assert response.content_length == len(body)


def test_a_row_that_fails_is_no_half_file() -> None:
    def rows() -> Iterator[tuple[str]]:
        yield ("one",)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        csv_response("list", ("A",), rows())


def test_a_large_file_arrives_whole() -> None:
    part = b"x" * 1000
    response = file_response("a.bin", "application/octet-stream", (part for _number in range(2 * MEMORY_BYTES // 1000)))
    assert len(response.get_data()) == 2 * MEMORY_BYTES // 1000 * 1000


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠A"])
def test_formulas_are_disarmed_and_come_back(text: str) -> None:
    assert protect(text) == "'" + text
    assert unprotect(protect(text)) == text


@pytest.mark.parametrize("value", [-12.5, "-12.50", "+86", "a=b", "", None, 0])
def test_numbers_and_plain_text_stay(value: object) -> None:
    body = csv_response("list", ("A", "B"), [("x", value)]).get_data().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body)))[1:] == [["x", "" if value is None else str(value)]]
