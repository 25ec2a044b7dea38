"""The patents of the world in which the access tables are asked."""

from datetime import date, timedelta
from typing import Any

from app.accounts.models import SYSTEM, Organisation
from app.core.clock import now, today
from app.imports.drafts import create_draft
from app.market.patents.kind import PATENTS
from app.market.patents.models import EncumbranceKind
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from app.market.patents.reducing import add_reduction
from tests.market.patents.factories import make_patent


def add_patents(world: Any, institution: Organisation, enterprise: Organisation) -> None:
    """A private patent with a pledge, a published one, one of the enterprise, and a list that waits."""
    make_patent(enterprise)
    private = make_patent(institution, title="=一种方法", annuity_paid_through=6)
    public = make_patent(institution, title="=一种装置", published_at=now())
    values = EncumbranceValues(EncumbranceKind.PLEDGE, "某银行", today() - timedelta(days=9), None)
    reduction = add_reduction(
        SYSTEM, private, percent=85, starts_on=date(2026, 1, 1), ends_on=None, reference="=FJ2026"
    )
    content = "专利号,名称\nZL201710601862.3,一种方法\n".encode()
    draft = create_draft(PATENTS, SYSTEM, institution, "patents.csv", content)
    world.things.update(
        private=private.id, public=public.id, encumbrance=add_encumbrance(SYSTEM, private, values).id,
        patents_upload=draft.id, reduction=reduction.id,
    )  # fmt: skip
