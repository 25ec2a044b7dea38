"""What only an institution itself and the operator may know: drafts of instruments."""

from tests.access.rows import get, post

KNOWN = "owner manager technician finance chief verifier settler auditor"

ROWS = [
    get("instruments.show", "instrument_id=draft", {404: "*", 200: KNOWN}),
    get("instruments_api.show", "instrument_id=draft", {404: "*", 200: KNOWN}),
    get("schedule_api.availability", "instrument_id=draft", {404: "*", 200: KNOWN}),
    post(
        "reservations_api.quote",
        "instrument_id=draft",
        {404: "*", 409: "owner manager technician finance"},
        starts_at="slot_starts",
        ends_at="slot_ends",
    ),
    post("reservations.quote", "instrument_id=draft", {404: "*", 200: "owner manager technician finance"}),
    get("exchange.show", "draft_id=instrument", {302: "anonymous", 404: "*", 403: "lonely"}),
    get("reservations.show", "reservation_id=instrument", {302: "anonymous", 404: "*"}),
    get("bills.show", "bill_id=statement", {302: "anonymous", 404: "*"}),
]
