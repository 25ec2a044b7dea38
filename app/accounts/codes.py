"""The 统一社会信用代码 of a legal person (GB 32100-2015): how it is written, checked and read."""

import unicodedata

from stdnum.cn import uscc

from app.accounts.models import OrganisationKind
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
# Registering authority and kind (domain.md E.1).
BEGINNINGS = frozenset(
    authority + kind
    for authority, kinds in {
        "1": "1239", "2": "19", "3": "123459", "4": "19", "5": "1239", "6": "129", "7": "129", "8": "19", "9": "123",
        "A": "19", "N": "1239", "Y": "1",
    }.items()
    for kind in kinds
)  # fmt: skip
_FIELD = "code"


def normal_code(text: str) -> str:
    """A code as it is stored: half-width capitals and digits without blanks or hyphens."""
    wide = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in wide if not sign.isspace() and sign not in "-‐–—.")


def check_code(text: str) -> str:
    """The normal form of a code. Raises Invalid with what is wrong with it: length, signs, or check character."""
    code = normal_code(text)
    if len(code) != LENGTH:
        raise Invalid(
            _l("A credit code has 18 characters; this one has %(count)s.", count=len(code)),
            field=_FIELD, code="code_length",
        )  # fmt: skip
    if any(sign not in ALPHABET for sign in code):
        raise Invalid(
            _l("A credit code has digits and capitals only, but never I, O, S, V or Z."),
            field=_FIELD, code="code_signs",
        )  # fmt: skip
    if code[-1] != uscc.calc_check_digit(code):
        raise Invalid(
            _l("The check character does not match; one character may be mistyped. Compare the licence."),
            field=_FIELD, code="code_check",
        )  # fmt: skip
    if code[:2] not in BEGINNINGS or not code[2:8].isdecimal():
        raise Invalid(_l("No credit code begins like this. Compare the licence."), field=_FIELD, code="code_begin")
    return code


def kind_of(code: str) -> OrganisationKind:
    """What an organisation most likely is: 91–93 are registered as businesses, the rest are institutions."""
    return OrganisationKind.ENTERPRISE if code[:1] in {"9", "N"} else OrganisationKind.INSTITUTION


def region_of(code: str) -> str:
    """The GB/T 2260 region in which it was registered."""
    return code[2:8]
