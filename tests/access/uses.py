"""Real use: phone page, labels, confirmation, disputes."""

from tests.access.rows import get, post

ROWS = [
    get("phone.show", "code=label", {200: "anonymous owner manager technician", 302: "*"}),
    post("phone.extend", "code=label", {302: "anonymous", 403: "*", 404: "owner manager technician"}),
    post("phone.finish", "code=label", {302: "anonymous", 403: "*", 404: "owner manager technician"}),
    post("phone.presses", "code=label", {302: "anonymous", 403: "*", 422: "owner manager technician"}),
    post("phone.price", "code=label", {302: "anonymous", 403: "*", 404: "owner manager technician"}),
    post("phone.start", "code=label", {302: "anonymous", 403: "*", 404: "owner manager technician"}),
    post("phone.walk_in", "code=label", {302: "anonymous", 403: "*", 422: "owner manager technician"}),
    get("own_charges.list", "", {302: "anonymous", 200: "*", 403: "lonely"}),
    get("usage.to_confirm", "", {302: "anonymous", 200: "*", 403: "lonely"}),
    post("usage.accept_chosen", "", {302: "*", 403: "lonely"}),
    get("usage.review", "", {302: "anonymous", 404: "*", 200: "rival owner manager technician", 403: "lonely finance"}),
    get(
        "usage_labels.label", "instrument_id=instrument", {302: "anonymous", 403: "*", 200: "owner manager technician"}
    ),
    get("usage_labels.qr", "instrument_id=instrument", {302: "anonymous", 403: "*", 200: "owner manager technician"}),
    post(
        "uses.accept",
        "use_id=use",
        {302: "anonymous head booker payer", 404: "stranger rival chief verifier", 403: "*"},
    ),
    get(
        "uses.hours",
        "use_id=use",
        {302: "anonymous", 404: "stranger rival chief verifier", 403: "*", 200: "owner manager"},
    ),
    post(
        "uses.hours",
        "use_id=use",
        {302: "anonymous", 404: "stranger rival chief verifier", 403: "*", 422: "owner manager"},
    ),
    get(
        "uses.object",
        "use_id=use",
        {302: "anonymous", 404: "stranger rival chief verifier", 403: "*", 200: "head booker payer"},
    ),
    post(
        "uses.object",
        "use_id=use",
        {302: "anonymous head booker payer", 404: "stranger rival chief verifier", 403: "*"},
        hours="1",
        minutes="0",
        reason="x",
    ),
    get(
        "objections.show",
        "objection_id=objection",
        {302: "anonymous", 404: "stranger rival chief verifier", 403: "lonely", 200: "*"},
    ),
    post(
        "objections.answer",
        "objection_id=objection",
        {302: "anonymous", 404: "stranger rival chief verifier", 403: "*", 422: "owner manager"},
        hours="2",
        minutes="0",
        answer="ok",
    ),
    post(
        "objections.decide",
        "objection_id=objection",
        {302: "anonymous", 404: "stranger rival chief verifier", 403: "*", 422: "settler"},
        hours="2",
        minutes="10",
    ),
    post(
        "objections.escalate",
        "objection_id=objection",
        {302: "anonymous head booker payer", 404: "stranger rival chief verifier", 403: "*"},
    ),
    post(
        "objections.take",
        "objection_id=objection",
        {302: "anonymous head booker payer", 404: "stranger rival chief verifier", 403: "*"},
    ),
    get("disputes.list", "", {302: "anonymous", 404: "*", 403: "lonely chief verifier", 200: "settler auditor"}),
]
