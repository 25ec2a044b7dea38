"""Patents for everybody, and interest in them."""

from tests.access.rows import get, post

ROWS = [
    get("portal.list", "", {200: "*"}),
    get("portal.compare", "", {200: "*"}),
    get("portal.show", "patent_id=patent", {200: "*"}),
    get("portal.portfolio", "code=code", {200: "*"}),
    get(
        "portal.interests",
        "",
        {302: "anonymous", 404: "*", 200: "rival owner", 403: "lonely manager technician finance"},
    ),
    post(
        "portal.interest",
        "patent_id=pilot_patent",
        {302: "anonymous stranger rival head booker payer", 403: "*"},
        purpose="x",
    ),
]
