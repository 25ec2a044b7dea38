"""Hours, booking rules and prices of an instrument."""

from tests.access.rows import get, post

OTHERS = "stranger rival head booker payer"
ROWS = [
    get(
        "hours_templates.list",
        "",
        {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"},
    ),
    get(
        "hours_templates.preview",
        "template_id=hours",
        {302: "anonymous", 404: "*", 200: "owner manager", 403: "lonely technician finance"},
    ),
    post(
        "hours_templates.apply",
        "template_id=hours",
        {302: "anonymous owner manager", 404: "*", 403: "lonely technician finance"},
        ids="draft",
    ),
    post(
        "hours_templates.remove",
        "template_id=hours",
        {302: "anonymous owner manager", 404: "*", 403: "lonely technician finance"},
    ),
    post(
        "hours_templates.take",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: OTHERS, 403: "*"},
        template="hours",
    ),
    post(
        "hours_templates.save",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: OTHERS, 403: "*"},
        name="夜班",
    ),
    post(
        "schedule.add_exception",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "*", 422: "owner manager"},
        day="day",
        hours="",
        reason="x",
    ),
    post(
        "schedule.drop_exception",
        "exception_id=exception instrument_id=instrument",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
    ),
    get(
        "schedule.hours",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "lonely", 200: "*"},
    ),
    post(
        "schedule.hours",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
    ),
    post(
        "schedule.copy",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "*", 422: "owner manager"},
    ),
    post(
        "schedule.block",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "*", 422: "owner manager"},
        starts_at="wall_starts",
        ends_at="wall_ends",
        reason="x",
    ),
    post(
        "blocking.over",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "*", 422: "owner manager"},
        starts_at="wall_starts",
        ends_at="wall_ends",
        reason="x",
    ),
    post(
        "schedule.unblock",
        "instrument_id=instrument occupation_id=maintenance",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
    ),
    get(
        "schedule.rules",
        "instrument_id=instrument",
        {302: "anonymous", 404: "stranger rival head booker payer", 403: "lonely", 200: "*"},
    ),
    post(
        "schedule.rules",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: "stranger rival head booker payer", 403: "*"},
        granularity="30",
        shortest="30",
        longest="8",
        notice="2",
        horizon_days="60",
        free_until="24",
        late_percent="50",
        no_show_percent="100",
    ),
    get(
        "tariffs.list",
        "instrument_id=instrument",
        {302: "anonymous", 404: "*", 403: "lonely technician", 200: "owner manager finance chief settler auditor"},
    ),
    get(
        "tariffs.show",
        "instrument_id=instrument tariff_id=tariff",
        {302: "anonymous", 404: "*", 403: "lonely technician", 200: "owner manager finance chief settler auditor"},
    ),
    post(
        "tariffs.end",
        "instrument_id=instrument tariff_id=tariff",
        {302: "anonymous owner finance", 404: "*", 403: "lonely manager technician chief settler auditor"},
        last_day="later",
    ),
    get(
        "tariffs.edit",
        "instrument_id=instrument",
        {302: "anonymous", 404: "*", 403: "lonely technician finance chief settler auditor", 200: "owner manager"},
    ),
    post(
        "tariffs.edit",
        "instrument_id=instrument",
        {302: "anonymous", 404: "*", 403: "lonely technician finance chief settler auditor", 422: "owner manager"},
    ),
    post(
        "tariffs.discard",
        "instrument_id=instrument",
        {302: "anonymous owner manager", 404: "*", 403: "lonely technician finance chief settler auditor"},
    ),
    post(
        "tariffs.example",
        "instrument_id=instrument",
        {302: "anonymous", 404: "*", 403: "lonely technician finance chief settler auditor", 200: "owner manager"},
    ),
    get(
        "tariffs.publish",
        "instrument_id=instrument",
        {302: "anonymous", 404: "*", 403: "lonely technician", 200: "owner manager finance chief settler auditor"},
    ),
    post(
        "tariffs.publish",
        "instrument_id=instrument",
        {302: "anonymous owner finance", 404: "*", 403: "lonely manager technician chief settler auditor"},
        valid_from="later",
    ),
]
