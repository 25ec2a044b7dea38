"""The operator's pages, statistics, and what everybody may see."""

from tests.access.rows import get, post

ROWS = [
    get("admin_organisations.list", "", {302: "anonymous", 404: "*", 200: "chief verifier settler auditor"}),
    get(
        "admin_organisations.show",
        "organisation_id=waiting",
        {302: "anonymous", 404: "*", 200: "chief verifier settler auditor"},
    ),
    post(
        "admin_organisations.ask",
        "organisation_id=waiting",
        {302: "anonymous verifier", 404: "*", 403: "chief settler auditor"},
        note="Papers, please.",
    ),
    post(
        "admin_organisations.refuse",
        "organisation_id=waiting",
        {302: "anonymous verifier", 404: "*", 403: "chief settler auditor"},
        note="Not you.",
    ),
    post(
        "admin_organisations.verify",
        "organisation_id=waiting",
        {302: "anonymous verifier", 404: "*", 403: "chief settler auditor"},
    ),
    get("admin_audit.list", "", {302: "anonymous", 404: "*", 200: "chief auditor", 403: "verifier settler"}),
    get("admin_settings.list", "", {302: "anonymous", 404: "*", 200: "chief verifier settler auditor"}),
    get(
        "admin_settings.edit",
        "module=equipment name=hold_minutes",
        {302: "anonymous", 404: "*", 200: "chief", 403: "verifier settler auditor"},
    ),
    post(
        "admin_settings.edit",
        "module=equipment name=hold_minutes",
        {302: "anonymous", 404: "*", 422: "chief", 403: "verifier settler auditor"},
    ),
    get("statistics.operator", "", {302: "anonymous", 404: "*", 403: "lonely", 200: "chief verifier settler auditor"}),
    get(
        "statistics.institutions",
        "",
        {302: "anonymous", 404: "*", 403: "lonely", 200: "chief verifier settler auditor"},
    ),
    get(
        "statistics.institution",
        "",
        {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"},
    ),
    get(
        "statistics.instruments",
        "",
        {302: "anonymous", 404: "*", 200: "rival owner manager technician finance", 403: "lonely"},
    ),
    get("site.home", "", {200: "*"}),
    get("sitemap.robots", "", {200: "*"}),
    get("sitemap.index", "", {200: "*"}),
    get("sitemap.pages", "", {200: "*"}),
    get("sitemap.page", "name=patents first=public", {200: "*"}),
    get("sitemap.page", "name=none first=public", {404: "*"}),
    get("site.accessibility", "", {200: "*"}),
    get("site.design", "", {200: "*"}),
    get("site.desk", "", {302: "anonymous", 200: "*", 403: "lonely"}),
    get("site.language", "locale=en", {302: "*"}),
    get("site.terms", "", {200: "*"}),
    get("development_mail.list", "", {200: "*"}),
    get("development_mail.attachment", "mail_id=upload number=0", {404: "*"}),
]
