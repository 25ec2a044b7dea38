"""Notices, licences and disputes."""

from tests.access.rows import get, post

STRANGERS = "stranger rival lonely"

ROWS = [
    get("notices.new", "open_licence_id=open_licence", {200: "*", 409: "owner manager technician finance"}),
    post("notices.new", "open_licence_id=open_licence", {422: "*", 409: "owner manager technician finance"}),
    post("notices.preview", "open_licence_id=open_licence", {200: "*"}),
    get("licences.list", "", {302: "anonymous", 403: "lonely", 200: "*"}),
    get("licences.given", "", {302: "anonymous", 403: "lonely", 200: "*"}),
    get("licences.show", "licence_id=patent_licence", {302: "anonymous", 404: STRANGERS, 200: "*"}),
    get("licences.paper", "licence_id=patent_licence kind=certificate", {302: "anonymous", 404: STRANGERS, 200: "*"}),
    get("licences.pack", "licence_id=patent_licence", {302: "anonymous", 404: STRANGERS, 200: "*"}),
    post(
        "licences.file",
        "licence_id=patent_licence",
        {302: "anonymous", 404: STRANGERS, 422: "owner head payer", 403: "*"},
    ),
    post(
        "licences.dispute",
        "licence_id=patent_licence",
        {302: "anonymous", 404: STRANGERS, 422: "owner head verifier", 403: "*"},
    ),
    get("licences.reviews", "", {302: "anonymous", 200: "verifier", 403: "chief settler auditor", 404: "*"}),
    post("licences.review", "licence_id=noticed", {302: "anonymous", 404: STRANGERS, 422: "verifier", 403: "*"}),
    post(
        "licences_api.notify",
        "open_licence_id=open_licence",
        {
            401: "anonymous",
            201: "head stranger rival chief",
            409: "owner manager technician finance",
            403: "*",
        },
        product="光学胶",
        place="长春市",
        starts_on="2031-01-01",
        contact_name="周扬",
    ),
    get("licences_api.list_licences", "", {401: "anonymous", 403: "lonely", 200: "*"}),
    get("licences_api.show", "licence_id=patent_licence", {401: "anonymous", 404: STRANGERS, 200: "*"}),
]
