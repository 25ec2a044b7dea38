"""Bookings, requests, holds and calendar feeds."""

from tests.access.rows import get, post

ROWS = [
    get("reservations.list", "", {302: "anonymous", 200: "*", 403: "lonely"}),
    get(
        "reservations.show",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 200: "*"},
    ),
    get("reservations.again", "reservation_id=request", {302: "*", 404: "stranger rival lonely chief verifier"}),
    get(
        "reservations.ics",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 200: "*"},
    ),
    get(
        "reservations.cancel",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 403: "*", 200: "head booker"},
    ),
    post(
        "reservations.cancel",
        "reservation_id=request",
        {302: "anonymous head booker", 404: "stranger rival lonely chief verifier", 403: "*"},
        shown="0",
    ),
    get(
        "reservations.move",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 403: "*", 200: "head booker owner manager"},
    ),
    post(
        "reservations.move",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 403: "*", 422: "head booker owner manager"},
    ),
    post(
        "reservations.extend",
        "reservation_id=request",
        {302: "anonymous head booker owner manager technician", 404: "stranger rival chief verifier", 403: "*"},
        ends_at="2030-01-01T00:00:00+08:00",
    ),
    get("reservations.check", "hold_id=hold", {302: "anonymous", 409: "*", 403: "lonely"}),
    post("reservations.check", "hold_id=hold", {302: "anonymous", 409: "*", 403: "lonely"}),
    post("reservations.release_hold", "hold_id=hold", {302: "*"}),
    post("reservations.hold", "instrument_id=instrument", {302: "*"}),
    post("reservations.quote", "instrument_id=instrument", {200: "*"}),
    post(
        "requests.approve",
        "reservation_id=request",
        {302: "anonymous owner manager", 404: "stranger rival lonely chief verifier", 403: "*"},
    ),
    get(
        "requests.decline",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 200: "owner manager", 403: "*"},
    ),
    post(
        "requests.decline",
        "reservation_id=request",
        {302: "anonymous owner manager", 404: "stranger rival lonely chief verifier", 403: "*"},
        reason="repair",
        text="Under repair",
    ),
    post(
        "requests.waive",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 409: "owner manager", 403: "*"},
    ),
    get(
        "requests.withdraw",
        "reservation_id=request",
        {302: "anonymous", 404: "stranger rival lonely chief verifier", 200: "owner manager", 403: "*"},
    ),
    post(
        "requests.withdraw",
        "reservation_id=request",
        {302: "anonymous owner manager", 404: "stranger rival lonely chief verifier", 403: "*"},
        reason="repair",
        text="Under repair",
    ),
    get(
        "requests.list", "", {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"}
    ),
    post("requests.approve_many", "", {302: "*", 403: "lonely"}, reservation="request"),
    get(
        "requests.schedule",
        "",
        {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"},
    ),
    get("feeds.mine", "", {302: "anonymous", 200: "*"}),
    post("feeds.mine", "", {302: "anonymous", 200: "*"}),
    get("feeds.show", "token=feed", {200: "*"}),
    get("feeds.instrument", "instrument_id=instrument", {302: "anonymous", 200: "*"}),
    post("feeds.instrument", "instrument_id=instrument", {302: "anonymous", 200: "*"}),
    get(
        "waiting.join",
        "instrument_id=simple",
        {302: "anonymous", 403: "lonely technician payer finance verifier settler auditor", 200: "*"},
    ),
    post(
        "waiting.join",
        "instrument_id=simple",
        {302: "anonymous", 403: "lonely technician payer finance verifier settler auditor", 422: "*"},
    ),
    get(
        "waiting.show",
        "entry_id=place",
        {302: "anonymous head booker", 404: "*"},
    ),
    post(
        "waiting.decline",
        "entry_id=place",
        {302: "anonymous", 409: "head booker", 403: "payer owner manager technician finance", 404: "*"},
    ),
    post(
        "waiting.leave",
        "entry_id=place",
        {302: "anonymous head booker", 403: "payer owner manager technician finance", 404: "*"},
    ),
    get("waiting.list", "", {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"}),
]
