"""Instruments: catalogue, description, import and export."""

from tests.access.rows import get, post

ROWS = [
    get("instruments.list", "", {200: "*"}),
    get("instruments.compare", "", {200: "*"}),
    get("instruments.show", "instrument_id=instrument", {200: "*"}),
    get(
        "instruments.describe",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "*", 200: "owner manager"},
    ),
    post(
        "instruments.describe",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "*", 422: "owner manager"},
    ),
    post(
        "instruments.publish",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
    ),
    get("instruments.picture", "instrument_id=instrument picture_id=picture size=small", {200: "*"}),
    post(
        "instruments.add_pictures",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
    ),
    post(
        "instruments.change_picture",
        "instrument_id=instrument picture_id=picture",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
        act="describe",
        text="Front",
    ),
    get(
        "instruments.setup",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "lonely", 200: "*"},
    ),
    post(
        "instruments.withdraw",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
    ),
    get(
        "instruments.mine",
        "",
        {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"},
    ),
    post(
        "instruments.many",
        "",
        {302: "anonymous rival owner manager", 404: "*", 403: "lonely technician finance"},
        act="publish",
        ids="draft",
    ),
    get(
        "instruments.new",
        "",
        {302: "anonymous", 404: "*", 200: "rival owner manager", 403: "lonely technician finance"},
    ),
    post(
        "instruments.new",
        "",
        {302: "anonymous rival owner manager", 404: "*", 403: "lonely technician finance"},
        name="Spectrometer",
        asset_no="Z9",
        operation_mode="both",
        share_mode="external",
        region="220100",
        class_code="",
    ),
    get(
        "exchange.export",
        "code=uniquip",
        {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"},
    ),
    get("exchange.new", "", {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"}),
    post(
        "exchange.new", "", {302: "anonymous", 404: "*", 422: "rival owner manager", 403: "lonely technician finance"}
    ),
    get(
        "exchange.show",
        "draft_id=upload",
        {302: "anonymous", 404: "*", 403: "lonely technician finance", 200: "owner manager"},
    ),
    post(
        "exchange.apply",
        "draft_id=upload",
        {302: "anonymous owner manager", 404: "*", 403: "lonely technician finance"},
    ),
    post(
        "exchange.mend", "draft_id=upload", {302: "anonymous owner manager", 404: "*", 403: "lonely technician finance"}
    ),
    post(
        "exchange.discard",
        "draft_id=upload",
        {302: "anonymous owner manager", 404: "*", 403: "lonely technician finance"},
    ),
    post(
        "exchange.read", "draft_id=upload", {302: "anonymous owner manager", 404: "*", 403: "lonely technician finance"}
    ),
    get(
        "exchange.wrong",
        "draft_id=upload",
        {302: "anonymous", 404: "*", 403: "lonely technician finance", 200: "owner manager"},
    ),
]
