"""Portfolios of patents: who reads, writes, pays and imports."""

from tests.access.rows import get, post

OUTSIDE = "stranger rival head booker payer"
OWN = {302: "anonymous", 404: "chief verifier settler auditor", 403: "lonely", 200: "*"}
SMALL = "lonely manager technician finance"
WRITE = {302: "anonymous owner", 404: OUTSIDE, 403: "*"}
ROWS = [
    get("patents.mine", "", OWN),
    post(
        "patents.many",
        "",
        {302: "anonymous stranger rival owner head", 404: "chief verifier settler auditor", 403: "*"},
        act="publish",
        ids="private",
    ),
    get("patents.new", "", OWN),
    post(
        "patents.new",
        "",
        {302: "anonymous stranger rival owner head", 404: "chief verifier settler auditor", 403: "*"},
        numbers="ZL201710601862.3 一种方法",
    ),
    get("patents.show", "patent_id=private", {302: "anonymous", 404: OUTSIDE, 403: "lonely", 200: "*"}),
    get("patents.edit", "patent_id=private", {302: "anonymous", 404: OUTSIDE, 403: "*", 200: "owner"}),
    post("patents.edit", "patent_id=private", {302: "anonymous", 404: OUTSIDE, 403: "*", 422: "owner"}),
    get("patents.people", "patent_id=private", {302: "anonymous", 404: OUTSIDE, 403: "*", 200: "owner"}),
    post("patents.people", "patent_id=private", {302: "anonymous", 404: OUTSIDE, 403: "*", 422: "owner"}),
    post("patents.publish", "patent_id=private", WRITE),
    post(
        "patents.pay",
        "patent_id=private year=7",
        {302: "anonymous owner finance", 404: OUTSIDE, 403: "*"},
        paid_on="2026-03-01",
    ),
    post(
        "patents.reduce",
        "patent_id=private",
        {302: "anonymous owner finance", 404: OUTSIDE, 403: "*"},
        percent="85",
        reference="FJ1",
        starts_on="2026-03-01",
    ),
    post(
        "patents.unreduce",
        "patent_id=private reduction_id=reduction",
        {302: "anonymous owner finance", 404: OUTSIDE, 403: "*"},
    ),
    get("patents.encumber", "patent_id=private", {302: "anonymous", 404: OUTSIDE, 403: "*", 200: "owner"}),
    post("patents.encumber", "patent_id=private", {302: "anonymous", 404: OUTSIDE, 403: "*", 422: "owner"}),
    post("patents.release", "encumbrance_id=encumbrance", WRITE, ended_on="2026-11-01"),
    get("patents_import.new", "", OWN),
    post(
        "patents_import.new",
        "",
        {302: "anonymous", 422: "stranger rival owner head", 404: "chief verifier settler auditor", 403: "*"},
    ),
    get("patents_import.show", "draft_id=patents_upload", {302: "anonymous", 404: "*", 403: SMALL, 200: "owner"}),
    post("patents_import.apply", "draft_id=patents_upload", {302: "anonymous owner", 404: "*", 403: SMALL}),
    post("patents_import.mend", "draft_id=patents_upload", {302: "anonymous owner", 404: "*", 403: SMALL}),
    post("patents_import.discard", "draft_id=patents_upload", {302: "anonymous owner", 404: "*", 403: SMALL}),
    post("patents_import.read", "draft_id=patents_upload", {302: "anonymous owner", 404: "*", 403: SMALL}),
    get("patents_import.wrong", "draft_id=patents_upload", {302: "anonymous", 404: "*", 403: SMALL, 200: "owner"}),
]
