"""Drafting a declaration: who may, the one price, the terms, the order of steps."""

from dataclasses import replace

import pytest

from app.accounts.models import SYSTEM, Role
from app.core.clock import today
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.market.open_licences.models import (
    DeclarationState,
    PriceForm,
    RoyaltyBase,
)
from app.market.open_licences.operations import (
    Price,
    Terms,
    change_state,
    set_price,
    set_terms,
    start_declaration,
)
from app.market.open_licences.queries import changes_of
from tests.accounts.factories import make_actor
from tests.market.open_licences.declaring import (
    PRICE,
    TERMS,
    make_announced,
    make_case,
    own_patent,
)

S = DeclarationState


def test_a_declaration_starts_with_what_the_patent_knows() -> None:
    patent = own_patent(contact_name="孙莉", contact_email="sun@test.example")
    officer = make_actor(patent.owner, Role.TRANSFER)
    started = start_declaration(officer, patent)
    assert started.number.startswith(f"OL-{today().year}-")
    assert (started.state, started.use_text, started.notice_email) == (S.DRAFT, patent.use_text, "sun@test.example")
    assert [step.state for step in changes_of(started)] == [S.DRAFT]
    with pytest.raises(Conflict, match="already"):
        start_declaration(officer, patent)


def test_only_the_office_of_the_patentee_declares() -> None:
    patent = own_patent()
    for role in (Role.FINANCE, Role.INVENTOR, Role.MANAGER):
        with pytest.raises(Forbidden):
            start_declaration(make_actor(patent.owner, role), patent)
    case = make_case()
    with pytest.raises(Missing):
        set_price(make_actor(), case.open_licence, PRICE)
    with pytest.raises(Forbidden):
        set_price(make_actor(case.patent.owner, Role.FINANCE), case.open_licence, PRICE)


def test_the_whole_way_is_written_down_step_by_step() -> None:
    case = make_announced()
    steps = changes_of(case.open_licence)
    assert [step.state for step in steps] == [S.DRAFT, S.CONSENTING, S.READY, S.FILED, S.ANNOUNCED]
    assert [step.position for step in steps] == [1, 2, 3, 4, 5]
    assert steps[-1].effective_on == today()
    assert case.open_licence.is_open


@pytest.mark.parametrize(
    ("price", "fault"),
    [
        (Price(PriceForm.LUMP_SUM), "lump"),
        (Price(PriceForm.UPFRONT_ROYALTY, rate=200, base=RoyaltyBase.PROFIT), "upfront"),
        (Price(PriceForm.ROYALTY, rate=200), "base"),
        (Price(PriceForm.ROYALTY, base=RoyaltyBase.NET_SALES), "rate"),
        (Price(PriceForm.ROYALTY, base=RoyaltyBase.NET_SALES, rate_steps=[(5, 300)]), "rate"),
        (Price(PriceForm.ROYALTY, base=RoyaltyBase.NET_SALES, rate=300, floor_minor=9, cap_minor=8), "cap"),
        (Price(PriceForm.ROYALTY, base=RoyaltyBase.NET_SALES, rate=300, period_months=5), "period"),
        (Price(PriceForm.INSTALMENTS, instalments=[(0, 5)]), "instalments"),
        (Price(PriceForm.INSTALMENTS, instalments=[(3, 5), (6, 5)]), "instalments"),
        (Price(PriceForm.INSTALMENTS, instalments=[(0, 5), (0, 5)]), "instalments"),
        (Price(PriceForm.FREE, basis_note="字" * 2001), "basis_note"),
    ],
)
def test_a_price_that_does_not_fit_its_form_is_refused(price: Price, fault: str) -> None:
    case = make_case()
    with pytest.raises(Invalid) as refusal:
        set_price(case.officer, case.open_licence, price)
    assert refusal.value.field == fault


def test_a_price_keeps_nothing_that_belongs_to_another_form() -> None:
    """Rule 85 (3): one announced way of paying and one standard."""
    case = make_case()
    set_price(
        case.officer, case.open_licence,
        Price(PriceForm.FREE, lump_minor=5, upfront_minor=5, rate=5, base=RoyaltyBase.PROFIT, floor_minor=5),
    )  # fmt: skip
    free = case.open_licence
    assert (free.lump_minor, free.upfront_minor, free.rate, free.royalty_base, free.floor_minor) == (
        0,
        0,
        0,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        (replace(TERMS, use_text=" "), "use_text"),
        (replace(TERMS, notice_email=""), "notice_email"),
        (replace(TERMS, term_months=0), "term_months"),
        (replace(TERMS, inventors_share=4999), "inventors_share"),
        (replace(TERMS, inventors_share=6000, department_share=4001), "department_share"),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: Terms, fault: str) -> None:
    case = make_case()
    with pytest.raises(Invalid) as refusal:
        set_terms(case.officer, case.open_licence, terms)
    assert refusal.value.field == fault


def test_no_step_is_taken_out_of_its_order() -> None:
    case = make_case()
    for state in (S.READY, S.FILED, S.ANNOUNCED, S.WITHDRAWN, S.LAPSED):
        with pytest.raises(Conflict):
            change_state(SYSTEM, case.open_licence, state)
    assert case.open_licence.state is S.DRAFT
