"""The JSON API."""

from tests.access.rows import get, post

ROWS = [
    get("me_api.me", "", {401: "anonymous", 200: "*"}),
    get("instruments_api.list_instruments", "", {200: "*"}),
    get("instruments_api.show", "instrument_id=instrument", {200: "*"}),
    get("patents_api.list_patents", "", {200: "*"}),
    get("patents_api.show", "patent_id=public", {200: "*"}),
    get("patents_api.show", "patent_id=private", {404: "*"}),
    get("schedule_api.availability", "instrument_id=instrument", {200: "*"}),
    post(
        "reservations_api.quote",
        "instrument_id=instrument",
        {200: "*"},
        starts_at="slot_starts",
        ends_at="slot_ends",
    ),
    post(
        "reservations_api.create",
        "",
        {401: "anonymous", 201: "*", 403: "lonely technician finance payer verifier settler auditor"},
        instrument_id="simple",
        starts_at="slot_starts",
        ends_at="slot_ends",
        purpose="x",
    ),
    get("reservations_api.list_reservations", "", {401: "anonymous", 200: "*", 403: "lonely"}),
    get(
        "reservations_api.show",
        "reservation_id=request",
        {401: "anonymous", 404: "stranger rival lonely chief verifier", 200: "*"},
    ),
    post(
        "reservations_api.approve",
        "reservation_id=request",
        {401: "anonymous", 404: "stranger rival lonely chief verifier", 200: "owner manager", 403: "*"},
    ),
    post(
        "reservations_api.move",
        "reservation_id=request",
        {
            401: "anonymous",
            404: "stranger rival lonely chief verifier",
            200: "owner manager head booker",
            403: "technician finance payer settler auditor",
        },
        starts_at="slot_starts",
        ends_at="slot_ends",
    ),
    post(
        "reservations_api.extend",
        "reservation_id=request",
        {
            401: "anonymous",
            404: "stranger rival lonely chief verifier",
            409: "owner manager technician head booker",
            403: "finance payer settler auditor",
        },
        ends_at="slot_ends",
    ),
    post(
        "reservations_api.cancel",
        "reservation_id=request",
        {401: "anonymous", 404: "*", 200: "owner manager head booker", 403: "technician finance payer settler auditor"},
        reason="Repair",
    ),
    post(
        "reservations_api.decline",
        "reservation_id=request",
        {401: "anonymous", 404: "stranger rival lonely chief verifier", 200: "owner manager", 403: "*"},
        reason="Repair",
    ),
    post(
        "usage_api.accept",
        "reservation_id=request",
        {401: "anonymous", 404: "stranger rival lonely chief verifier", 409: "*"},
    ),
    post(
        "usage_api.finish",
        "reservation_id=request",
        {401: "anonymous", 404: "stranger rival lonely chief verifier", 409: "owner manager technician", 403: "*"},
    ),
    post(
        "usage_api.start",
        "reservation_id=request",
        {401: "anonymous", 404: "stranger rival lonely chief verifier", 409: "owner manager technician", 403: "*"},
    ),
    get("statements_api.list_statements", "", {401: "anonymous", 200: "*", 403: "lonely"}),
    get("api-docs.openapi_json", "", {200: "*"}),
]
