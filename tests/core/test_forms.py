"""Fields of forms that are stricter than those of WTForms."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.validators import NumberRange

from app.core.forms import IntegerField


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
