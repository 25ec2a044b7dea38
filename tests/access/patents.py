"""Patents for everybody, and interest in them."""

from tests.access.rows import get, post

ROWS = [
    get("portal.list", "", {200: "*"}),
    get("portal.compare", "", {200: "*"}),
    get("portal.show", "patent_id=patent", {200: "*"}),
    get("portal.portfolio", "code=code", {200: "*"}),
    get("feeds_patents.json_feed", "", {200: "*"}),
    get("feeds_patents.rss_feed", "", {200: "*"}),
    get("patent_statistics.show", "", {200: "*"}),
    get("oai.answer", "", {200: "*"}),
    post("oai.answer", "", {200: "*"}, verb="Identify"),
    get("oai.schema", "", {200: "*"}),
    get("open_licences_api.list_open_licences", "", {200: "*"}),
    get("open_licences_api.show", "open_licence_id=open_licence", {200: "*"}),
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
