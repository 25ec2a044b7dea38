"""Offers to and fro: whose turn it is, what they may say, when they lapse."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from app.accounts.models import Role
from app.core import clock
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.settings import forget_settings
from app.core.tenancy import set_tenant
from app.core.workdays import add_months, end_of_working_day
from app.market.licences.models import LicenceKind
from app.market.negotiations.models import Negotiation, NegotiationState, Offer, Side
from app.market.negotiations.operations import agree, ask, counter_offer, decline, lapse
from app.market.negotiations.tasks import lapse_task
from app.market.negotiations.terms import Terms, changed_names, terms_of, tidied
from app.market.open_licences.models import DeclarationState, PriceForm, RoyaltyBase
from app.market.patents.models import Encumbrance, EncumbranceKind, LegalStatus
from app.market.settings import settings
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_operator
from tests.market.factories import make_open_licence
from tests.market.negotiations.factories import FREE, LUMP, Case, make_case, settle


@pytest.fixture
def case() -> Case:
    return make_case()


STRANGER = "00000000-0000-7000-8000-000000000000"
CLOSED_KINDS = (LicenceKind.EXCLUSIVE, LicenceKind.SOLE, LicenceKind.TRANSFER)


def test_asking_sends_the_first_proposal_to_the_owner(case: Case) -> None:
    negotiation = case.ask(message="希望先试用一年")
    assert (negotiation.state, negotiation.turn) == (NegotiationState.ASKED, Side.OWNER)
    offer = session.scalars(select(Offer)).one()
    assert (offer.revision, offer.side, offer.lump_minor, offer.message) == (1, Side.ASKER, 8_000_000, "希望先试用一年")
    settle()
    told = session.scalars(select(Notification)).one()
    assert (told.kind, told.user_id) == ("negotiation_offer", case.owner.user_id)
    mail = session.scalars(select(Mail)).one()
    assert case.patent.title in mail.subject
    assert f"/negotiations/{negotiation.id}" in mail.body


def test_a_counter_offer_turns_the_table_and_marks_what_changed(case: Case) -> None:
    negotiation = case.ask()
    offer = counter_offer(case.owner, negotiation, replace(LUMP, lump_minor=9_000_000, term_months=36))
    assert (negotiation.state, negotiation.turn, negotiation.rounds) == (NegotiationState.OFFER, Side.ASKER, 2)
    first = session.scalars(select(Offer).where(Offer.revision == 1)).one()
    assert changed_names(terms_of(first), terms_of(offer)) == ["lump_minor", "term_months"]
    with pytest.raises(Conflict, match="turn"):
        counter_offer(case.owner, negotiation, replace(LUMP, lump_minor=1))
    with pytest.raises(Conflict, match="turn"):
        agree(case.owner, negotiation)


def test_an_offer_that_changes_nothing_is_no_offer(case: Case) -> None:
    negotiation = case.ask()
    with pytest.raises(Conflict) as refusal:
        counter_offer(case.owner, negotiation, replace(LUMP, use_text=" 生产光学胶。 ", rate=300))
    assert refusal.value.code == "unchanged"


def test_an_offer_lapses_ten_working_days_after_the_last_one_not_the_first(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    negotiation = case.ask()
    first = negotiation.lapses_at
    assert first == end_of_working_day(10)
    later = clock.now() + timedelta(days=7)
    monkeypatch.setattr("app.core.workdays.now", lambda: later)
    counter_offer(case.owner, negotiation, replace(LUMP, lump_minor=1_000))
    assert negotiation.lapses_at == end_of_working_day(10, since=later)
    assert negotiation.lapses_at > first


def test_holidays_do_not_count(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    friday = datetime(2026, 12, 18, 4, tzinfo=UTC)
    monkeypatch.setattr("app.core.workdays.now", lambda: friday)
    lapses_at = case.ask().lapses_at
    assert lapses_at is not None
    assert lapses_at.astimezone(clock.DEFAULT_ZONE).date() == date(2027, 1, 5)  # 1 January and four weekend days off


def test_nobody_answers_in_time(case: Case) -> None:
    negotiation = case.ask()
    assert lapse(negotiation).state is NegotiationState.ASKED
    session.execute(update(Negotiation).values(lapses_at=clock.now() - timedelta(minutes=1)))
    session.expire_all()
    with pytest.raises(Conflict, match="lapsed"):
        agree(case.owner, negotiation)
    lapse_task()
    lapse_task()
    session.expire_all()
    assert negotiation.state is NegotiationState.LAPSED
    settle()
    kinds = session.scalars(select(Notification.kind).where(Notification.kind == "negotiation_ended")).all()
    assert len(kinds) == 2
    assert case.ask().state is NegotiationState.ASKED  # and may be asked for anew


def test_either_side_may_decline_and_then_it_is_over(case: Case) -> None:
    for who in (case.asker, case.owner):
        negotiation = case.ask()
        assert decline(who, negotiation, "价格不合适").end_reason == "价格不合适"
        decline(who, negotiation)
        with pytest.raises(Conflict, match="over"):
            counter_offer(case.owner, negotiation, FREE)


def test_one_negotiation_at_a_time_for_one_patent(case: Case) -> None:
    case.ask()
    with pytest.raises(Conflict) as refusal:
        case.ask(LicenceKind.TRANSFER)
    assert refusal.value.code == "going_on"


def test_who_may_speak(case: Case) -> None:
    negotiation = case.ask()
    with pytest.raises(Forbidden):
        agree(make_actor(case.owner.organisation, Role.FINANCE), negotiation)
    with pytest.raises(Missing):
        agree(make_actor(), negotiation)
    with pytest.raises(Forbidden):
        counter_offer(make_operator(), negotiation, FREE)
    with pytest.raises(Forbidden):
        ask(case.owner, case.patent, LicenceKind.ORDINARY, LUMP)
    with pytest.raises(Forbidden):
        ask(make_operator(), case.patent, LicenceKind.ORDINARY, LUMP)
    hidden = make_case(published_at=None)
    with pytest.raises(Missing):
        hidden.ask()


def test_the_database_hides_negotiations_from_others(case: Case) -> None:
    case.agreed()
    tables = ("negotiations", "negotiation_offers", "contracts")
    session.execute(text("SET LOCAL ROLE jishi_app"))
    ours = (str(case.asker.organisation_id), str(case.owner.organisation_id))
    for tenant, seen in ((ours[0], 1), (ours[1], 1), (STRANGER, 0)):
        set_tenant(tenant)
        for table in tables:
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == seen
    set_tenant("*")
    session.execute(text("RESET ROLE"))


@pytest.mark.parametrize("kind", CLOSED_KINDS)
@pytest.mark.parametrize("state", ["filed", "correction", "announced", "withdrawing"])
def test_article_51_no_exclusive_sole_or_transfer_while_open(case: Case, kind: LicenceKind, state: str) -> None:
    """专利法 art. 51; M12."""
    make_open_licence(case.patent, state=DeclarationState(state))
    with pytest.raises(Conflict, match="while open") as refusal:
        case.ask(kind)
    assert refusal.value.code == "open"
    assert case.ask(LicenceKind.ORDINARY).kind is LicenceKind.ORDINARY


@pytest.mark.parametrize("taken", [EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE])
def test_an_exclusive_licence_leaves_no_room_for_another(case: Case, taken: EncumbranceKind) -> None:
    """民法典 862, 专利法实施细则 rule 86 (1)."""
    session.add(Encumbrance(patent_id=case.patent.id, kind=taken, holder="x", starts_on=date(2026, 1, 1)))
    session.flush()
    for kind in (LicenceKind.ORDINARY, LicenceKind.SOLE, LicenceKind.EXCLUSIVE):
        with pytest.raises(Conflict, match="holds"):
            case.ask(kind)
    assert case.ask(LicenceKind.TRANSFER).kind is LicenceKind.TRANSFER


def test_article_865_no_licence_beyond_the_patent(case: Case) -> None:
    """民法典 865: only while the patent lives."""
    months = 12 * 14 + 5
    assert add_months(clock.today(), months) <= case.patent.expires_on < add_months(clock.today(), months + 1)
    with pytest.raises(Invalid) as refusal:
        case.ask(terms=replace(LUMP, term_months=months + 1))
    assert (refusal.value.field, refusal.value.code) == ("term_months", "beyond_expiry")
    assert case.ask(terms=replace(LUMP, term_months=months)).rounds == 1


@pytest.mark.parametrize("status", [LegalStatus.LAPSED, LegalStatus.INVALID, LegalStatus.EXPIRED])
def test_article_865_no_licence_of_a_dead_patent(status: LegalStatus) -> None:
    """民法典 865: none after expiry or invalidation."""
    with pytest.raises(Conflict, match="not in force"):
        make_case(legal_status=status).ask()


ROYALTY = Terms(price_form=PriceForm.ROYALTY, rate=300, royalty_base=RoyaltyBase.NET_SALES, use_text="x")


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (replace(LUMP, lump_minor=0), "lump_minor"),
        (replace(LUMP, lump_minor=-1), "lump_minor"),
        (replace(LUMP, use_text=" "), "use_text"),
        (replace(LUMP, term_months=0), "term_months"),
        (replace(ROYALTY, rate=0), "rate"),
        (replace(ROYALTY, rate=10_001), "rate"),
        (replace(ROYALTY, royalty_base=None), "royalty_base"),
        (replace(ROYALTY, rate_steps=({"from_minor": 5, "rate": 100},)), "rate_steps"),
        (replace(ROYALTY, period_months=5), "period_months"),
        (replace(ROYALTY, floor_minor=5, cap_minor=4), "cap_minor"),
        (replace(ROYALTY, price_form=PriceForm.UPFRONT_ROYALTY), "upfront_minor"),
        (replace(LUMP, price_form=PriceForm.INSTALMENTS, instalments=({"months": 0, "minor": 5},)), "instalments"),
        (
            replace(
                LUMP,
                price_form=PriceForm.INSTALMENTS,
                instalments=({"months": 1, "minor": 5}, {"months": 2, "minor": 5}),
            ),
            "instalments",
        ),
    ],
)
def test_article_846_prices_that_cannot_be(case: Case, terms: Terms, field: str) -> None:
    """民法典 846: the ways of paying."""
    with pytest.raises(Invalid) as refusal:
        case.ask(terms=terms)
    assert refusal.value.field == field


def test_only_what_the_form_of_price_uses_is_kept() -> None:
    """民法典 846: one way of paying, not several at once."""
    tidy = tidied(replace(ROYALTY, lump_minor=5, upfront_minor=6, instalments=({"months": 0, "minor": 1},)))
    assert (tidy.lump_minor, tidy.upfront_minor, tidy.instalments, tidy.rate) == (0, 0, (), 300)
    assert tidied(replace(LUMP, rate=5, floor_minor=4, royalty_base=RoyaltyBase.PROFIT)) == LUMP


def test_a_transfer_has_no_term(case: Case) -> None:
    with pytest.raises(Invalid, match="no term"):
        case.ask(LicenceKind.TRANSFER, replace(LUMP, term_months=12))


def test_the_days_are_a_setting(case: Case) -> None:
    settings.change(make_operator(), "offer_days_negotiated", 3)
    forget_settings()
    assert case.ask().lapses_at == end_of_working_day(3)


def test_offers_never_change(case: Case) -> None:
    case.ask()
    with pytest.raises(Exception, match="append"):
        session.execute(update(Offer).values(lump_minor=1))
