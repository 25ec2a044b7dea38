"""Declarations of open licences, and the consent links, which work without an account."""

from tests.access.rows import get, post

OWN = "owner manager technician finance"
SEEN = "chief verifier settler auditor"
MEMBERS = {302: "anonymous", 404: "*", 200: f"{OWN} {SEEN}", 403: "lonely"}
OFFICE = {302: "anonymous owner", 404: "*", 403: f"lonely manager technician finance {SEEN}"}
REFUSED = {302: "anonymous", 404: "*", 422: "owner", 403: f"lonely manager technician finance {SEEN}"}
OPERATOR = {302: "anonymous", 404: "*", 200: SEEN, 403: "lonely"}
CHECKER = {302: "anonymous", 404: "*", 403: "lonely chief settler auditor", 422: "verifier"}

ROWS = [
    get("consents.show", "token=consent", {200: "*"}),
    get("consents.show", "token=instrument", {404: "*"}),
    post("consents.code", "token=consent", {302: "*"}),
    post("consents.answer", "token=consent", {422: "*"}, code="000000", name="周正", answer="agree"),
    get("open_licences.mine", "", {302: "anonymous", 200: "*", 403: "lonely", 404: SEEN}),
    post("open_licences.start", "patent_id=patent_to_open",
         {302: "anonymous owner", 403: "*"}),
    get("open_licences.declare", "open_licence_id=consenting", MEMBERS),
    get("open_licences.publicity", "open_licence_id=consenting", MEMBERS),
    get("open_licences.paper", "open_licence_id=consenting kind=declaration", MEMBERS),
    post("open_licences.price", "open_licence_id=consenting", REFUSED),
    post("open_licences.terms", "open_licence_id=consenting", REFUSED),
    post("open_licences.consents", "open_licence_id=consenting", REFUSED),
    post("open_licences.change", "open_licence_id=consenting", OFFICE),
    post("open_licences.abandon", "open_licence_id=consenting", OFFICE),
    post("open_licences.again", "consent_id=consent_row", OFFICE),
    post("open_licences.pilot", "open_licence_id=consenting", REFUSED),
    post("open_licences.mended", "open_licence_id=consenting", OFFICE),
    post("open_licences.filing", "open_licence_id=consenting", REFUSED),
    post("open_licences.withdrawal", "open_licence_id=consenting", REFUSED),
    post("open_licences.withdrawal_filing", "open_licence_id=consenting", REFUSED),
    post("open_licences.objecting", "open_licence_id=consenting",
         {302: "anonymous", 404: "*", 422: OWN, 403: f"lonely {SEEN}"}),
    post("open_licences.answering", "objection_id=open_objection", OFFICE, **{"answer-reason": "份额已核对。"}),
    post("open_licences.closing", "objection_id=open_objection",
         {302: "anonymous", 404: "*", 409: "owner", 403: f"lonely manager technician finance {SEEN}"}),
    get("announcements.list", "", OPERATOR),
    get("announcements.show", "open_licence_id=consenting", OPERATOR),
    post("announcements.passing", "open_licence_id=consenting",
         {302: "anonymous", 404: "*", 403: "lonely chief settler auditor", 409: "verifier"}),
    post("announcements.returning", "open_licence_id=consenting", CHECKER),
    post("announcements.answering", "open_licence_id=consenting", CHECKER),
    post("announcements.refusing_withdrawal", "open_licence_id=consenting", CHECKER),
    get("announcements.gazette", "",
        {302: "anonymous", 404: "*", 200: "verifier", 403: "lonely chief settler auditor"}),
    post("announcements.gazette", "", CHECKER),
]  # fmt: skip
