"""Fields of forms that are stricter than those of WTForms."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.validators import NumberRange

from app.core.forms import IntegerField, YuanField


class Numbers(Form):
    number = IntegerField(validators=[NumberRange(0, 100)])


@pytest.mark.parametrize("text", ["9" * 19, "9" * 400, "9" * 5000, "-" + "9" * 400, "x", "1e3", "\0"])
def test_a_number_out_of_reach_is_an_error_at_its_field(text: str) -> None:
    form = Numbers(MultiDict({"number": text}))
    assert not form.validate()
    assert form.number.errors


@pytest.mark.parametrize("text", ["0", "100", " 7 ", "٣"])
def test_numbers_are_read(text: str) -> None:
    form = Numbers(MultiDict({"number": text}))
    assert form.validate(), form.errors
    assert form.number.data == int(text)


class Amounts(Form):
    amount = YuanField()


@pytest.mark.parametrize(
    ("text", "minor"), [("", None), ("  ", None), ("0", 0), ("1,234.5", 123450), ("¥３０", 3000), ("-2", -200)]
)
def test_amounts_are_read_in_yuan(text: str, minor: int | None) -> None:
    form = Amounts(MultiDict({"amount": text}))
    assert form.validate(), form.errors
    assert form.amount.minor == minor


@pytest.mark.parametrize("text", ["x", "1,5", "0.001", "9" * 40, "1\0"])
def test_what_is_no_amount_is_an_error_at_its_field(text: str) -> None:
    form = Amounts(MultiDict({"amount": text}))
    assert not form.validate()
    assert form.amount.errors


def test_an_amount_of_the_program_is_shown_in_yuan() -> None:
    assert Amounts(amount=67_810_005).amount.data == "678100.05"
    assert Amounts(amount="678,100").amount.data == "678,100"
    assert Amounts().amount.data is None
