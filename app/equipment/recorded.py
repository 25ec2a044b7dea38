"""How the fields of this module's audit entries are called."""

from datetime import datetime
from typing import Any

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_datetime, format_hours, format_money
from app.equipment.reservations.showing import STATE_NAMES
from app.equipment.usage.words import review_word


def _instant(value: Any) -> str:
    return format_datetime(datetime.fromisoformat(value), "iso")


def _yes_or_no(value: Any) -> object:
    return _l("yes") if value is True else _l("no") if value is False else value


INSTRUMENT = {
    "name": _l("Name"), "name_zh": _l("Chinese name"), "asset_no": _l("Asset no."), "model": _l("Model"),
    "class_code": _l("Class"), "site": _l("Site"), "building": _l("Building"), "room": _l("Room"),
    "pictures": _l("Pictures"), "place": _l("Place"), "text": _l("Description"), "region": _l("Region"),
    "value_minor": _l("Original value"), "in_service_on": _l("In service since"),
    "operation_mode": _l("Who operates it"), "share_mode": _l("Sharing"), "manufacturer": _l("Manufacturer"),
    "country": _l("Country of origin"), "technique": _l("Technique"), "specifications": _l("Specifications"),
    "functions": _l("Functions"), "description": _l("Description"), "services": _l("Services"),
    "subjects": _l("Subjects"), "sharing_rule": _l("Sharing rule"), "fee_note": _l("Fees in words"),
    "contact_name": _l("Contact"), "contact_phone": _l("Telephone"), "contact_email": _l("E-mail"),
    "is_customs_supervised": _l("Under customs supervision"), "zone": _l("Time zone"),
}  # fmt: skip
TIMETABLE = {
    "hours": _l("Hours open"), "day": _l("Day"), "reason": _l("Reason"), "starts_at": _l("From"), "ends_at": _l("To"),
    "block": _l("Maintenance"), "granularity": _l("Slots begin every"), "shortest": _l("Shortest booking"),
    "longest": _l("Longest booking"), "notice": _l("Book at least this far ahead"),
    "horizon_days": _l("Book at most this far ahead"), "needs_approval": _l("Outside bookings wait for our approval"),
    "free_until": _l("Cancelling is free until"), "late_percent": _l("Cancelling later costs"),
    "no_show_percent": _l("Not coming costs"),
}  # fmt: skip
IMPORT = {
    "source": _l("File"), "created": _l("New"), "changed": _l("Changed"), "unchanged": _l("Unchanged"),
    "skipped": _l("Left out"), "failed": _l("Wrong"),
}  # fmt: skip


def register_recorded() -> None:
    """Name them all; amounts are minor units, lengths minutes."""
    lengths = dict.fromkeys(("granularity", "shortest", "longest", "notice", "free_until"), format_hours)
    register_changes(
        "instruments",
        {**INSTRUMENT, **TIMETABLE},
        {"value_minor": format_money, "starts_at": _instant, "ends_at": _instant, **lengths,
         "needs_approval": _yes_or_no, "is_customs_supervised": _yes_or_no},
    )  # fmt: skip
    register_changes("hours_templates", {"name": _l("Name"), "hours": _l("Hours open")})
    register_changes("kept_examples", {"expected": _l("Sum")}, {"expected": format_money})
    register_changes("organisations", IMPORT)
    register_changes(
        "reservations",
        {"state": _l("State"), "fee": _l("Fee"), "period": _l("Time"), "ends_at": _l("End"), "payer": _l("Customer"),
         "pressed_at": _l("Pressed at")},
        {"state": STATE_NAMES, "fee": format_money, "period": _instant, "ends_at": _instant, "pressed_at": _instant},
    )  # fmt: skip
    minutes = {"claimed_minutes": _l("Claimed"), "offered_minutes": _l("Offered"), "minutes": _l("Hours")}
    register_changes(
        "uses",
        {"at": _l("Time"), "hours": _l("Hours"), "reason": _l("Reason"), **minutes},
        {"at": _instant, "hours": _instant, "reason": review_word, **dict.fromkeys(minutes, format_hours)},
    )
    register_changes(
        "tariffs",
        {"instrument": _l("Instrument"), "valid_from": _l("Valid from"), "ended": _l("Ended version"),
         "last_day": _l("Last day")},
    )  # fmt: skip
    register_changes(
        "waiting_entries",
        {"days": _l("Days"), "hold": _l("Held slot"), "until": _l("Held until")},
        {"days": _instant, "until": _instant},
    )
