"""Royalties, their papers, and the shares of the income."""

from tests.access.rows import get, post

PARTIES = {302: "anonymous", 404: "stranger rival lonely", 200: "*"}
LICENSEE = "head payer"
LICENSOR = "owner finance"


def deed(who: str, status: int = 302) -> dict[int, str]:
    """Both sides and the operator know of it, some may do it."""
    if status == 302:
        return {302: f"anonymous {who}", 404: "stranger rival lonely", 403: "*"}
    return {302: "anonymous", status: who, 404: "stranger rival lonely", 403: "*"}


ROWS = [
    get("royalties.list", "", {302: "anonymous", 200: "*", 403: "lonely"}),
    get("royalties.show", "period_id=royalty", PARTIES),
    post("royalties.quoted", "period_id=royalty_due", deed(LICENSEE, 200), name="x", units="1", gross="5"),
    post("royalties.report", "period_id=royalty_due", deed(LICENSEE), no_sales="1"),
    post("royalties.accept", "period_id=royalty", deed(LICENSOR)),
    post("royalties.question", "period_id=royalty", deed(LICENSOR), text="x"),
    post("royalties.credit", "period_id=royalty", deed(LICENSOR, 409)),
    post("royalties.answered", "question_id=royalty_question", deed(LICENSEE), answer="x"),
    post("royalties.inspection", "question_id=royalty_question", deed(LICENSOR)),
    post("royalties.close", "question_id=royalty_question", deed(LICENSOR)),
    get("royalty_papers.pdf", "licence_id=royalty_licence", PARTIES),
    get("royalty_papers.xlsx", "licence_id=royalty_licence", PARTIES),
    get("income.list", "", {302: "anonymous", 200: "stranger rival owner finance head payer", 403: "*"}),
    *(
        get(endpoint, "licence_id=royalty_licence month=income_month", {302: "anonymous", 404: "*", 200: LICENSOR})
        for endpoint in ("income.show", "income.pdf_of_month", "income.xlsx_of_month")
    ),
    get(
        "royalties_api.list_reports",
        "licence_id=royalty_licence",
        {401: "anonymous", 404: "stranger rival lonely", 200: "*"},
    ),
    post(
        "royalties_api.create_report",
        "licence_id=royalty_licence",
        {401: "anonymous", 404: "stranger rival lonely", 201: LICENSEE, 403: "*"},
        products=[],
    ),
]
