"""The credit code (GB 32100-2015), with the vectors of domain.md E.1."""

import pytest

from app.accounts.codes import check_code, kind_of, region_of
from app.accounts.models import OrganisationKind
from app.core.errors import Invalid

VECTORS = ("91110108551385082Q", "11220000013544429K", "91440300708461136T")

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize("code", VECTORS)
def test_a_real_code_is_accepted(code: str) -> None:
    assert check_code(code) == code


@pytest.mark.parametrize("code", VECTORS)
def test_every_other_last_character_is_refused(code: str) -> None:
    for last in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        if last != code[-1]:
            with pytest.raises(Invalid) as refusal:
                check_code(code[:-1] + last)
            assert refusal.value.code == "code_check"
            assert refusal.value.field == "code"


def test_blanks_hyphens_small_and_wide_letters_are_read() -> None:
    assert check_code(" 9111 0108-5513 85082q ") == VECTORS[0]
    assert check_code("９１１１０１０８５５１３８５０８２Ｑ") == VECTORS[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "code_length"),
        ("9111010855138508", "code_length"),
        ("91110108551385082I", "code_signs"),
        ("91110108551385082'", "code_signs"),
        ("9111010855138508吉Q", "code_signs"),
        ("911101085513吉5082Q", "code_signs"),
    ],
)
def test_a_wrong_form_is_named(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_code(text)
    assert refusal.value.code == code


def test_an_impossible_beginning_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        check_code("000000000000000000")
    assert refusal.value.code == "code_begin"


def test_kind_and_region_are_read_from_the_code() -> None:
    assert kind_of(VECTORS[0]) is OrganisationKind.ENTERPRISE
    assert kind_of(VECTORS[1]) is OrganisationKind.INSTITUTION
    assert region_of(VECTORS[1]) == "220000"
