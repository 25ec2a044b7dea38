"""Telephone numbers: read as people write them, kept as E.164, shown with most of their digits left out."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

HOME = "CN"  # whose numbers are written without their country
MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def mobile_number(typed: str, field: str = "phone") -> str:
    """A mobile number as E.164, e.g. ``+8613800138000``; numbers of other countries begin with +.

    Raises Invalid, at `field`, for what is no number or reaches no mobile telephone.
    """
    number = _parsed(typed)
    if number is None or phonenumbers.number_type(number) not in MOBILE:
        raise Invalid(
            _l("Enter a mobile number, such as 138 0013 8000, or one of another country, such as +44 7400 123456."),
            code="phone", field=field,
        )  # fmt: skip
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def same_number(one: str, other: str) -> bool:
    """Whether two ways of writing mean one telephone; False when either is no number."""
    first, second = _parsed(one), _parsed(other)
    return first is not None and first == second


def masked(number: str) -> str:
    """A kept number for pages and papers: ``138****8000``, and ``+44****3456`` for other countries."""
    found = _parsed(number)
    if found is None:
        return "****"
    digits = phonenumbers.national_significant_number(found)
    if phonenumbers.region_code_for_number(found) == HOME:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"+{found.country_code}****{digits[-4:]}"


def _parsed(typed: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(typed, HOME)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) and not number.extension else None
