"""Every table that the database keeps apart by organisation, with rows in it, asked with the rights of the application.

`tests/core/test_tenancy.py` shows how it works with one table; here all of them are walked through. What a row says of
its parties is written down in `OF` and `HANGS`, and what the database shows is compared with that, row by row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import joinedload

from app.core.clock import now, today
from app.core.db import session
from app.equipment.tariffs.models import KeptExample
from app.market.licences.disputes import open_dispute
from app.market.licences.instalments import plan_instalments
from app.market.licences.models import Licence, LicenceKind
from app.market.negotiations.models import ContractRegistration, RegistrationState, SigningCode
from app.market.negotiations.registering import take_step
from app.market.open_licences.models import DeclarationState, PriceForm
from app.market.patents.models import EncumbranceKind, FeeReduction
from app.settlement.interests.models import LateInterest
from tests.access.world import World
from tests.accounts.factories import make_organisation
from tests.market.factories import make_licence, make_open_licence, make_patent
from tests.market.open_licences.declaring import encumber

BOTH = ("provider_id", "payer_id")
SIDES = ("licensor_id", "licensee_id")
# Whose rows these are: whoever stands in one of the columns sees and writes them, besides whatever is public.
OF: dict[str, tuple[tuple[str, ...], str]] = {
    "bills": (("payer_id",), ""),
    "charges": (BOTH, ""),
    "contract_registrations": (("seller_id", "buyer_id"), ""),
    "fee_notes": (BOTH, ""),
    "hours_templates": (("organisation_id",), ""),
    "income_shares": (("licensor_id",), ""),
    "kept_examples": (("owner_id",), ""),
    "late_interests": (BOTH, ""),
    "licence_dispute_entries": (SIDES, ""),
    "licence_disputes": (SIDES, ""),
    "licence_instalments": (SIDES, ""),
    "licences": (SIDES, ""),
    "negotiations": (("owner_id", "asker_id"), ""),
    "open_licences": (("owner_id",), "pilot_at IS NOT NULL OR announced_on IS NOT NULL"),
    "patent_interests": (("owner_id", "organisation_id"), ""),
    "patents": (("owner_id",), "published_at IS NOT NULL"),
    "proceeds_holds": (("provider_id",), ""),
    "referrals": (("applicant_id", "partner_id"), ""),
    "reservations": (BOTH, ""),
    "royalty_periods": (SIDES, ""),
    "royalty_questions": (SIDES, ""),
    "royalty_reports": (SIDES, ""),
    "statements": (("provider_id",), ""),
    "waiting_entries": (BOTH, ""),
}
# What hangs on such a row: by which column, and whether whoever may read that one reads it, or its owner alone.
HANGS: dict[str, tuple[str, str, bool]] = {
    "contract_registration_steps": ("contract_registrations", "registration_id", True),
    "contract_signatures": ("contracts", "contract_id", True),
    "contracts": ("negotiations", "negotiation_id", True),
    "signing_codes": ("contracts", "contract_id", True),
    "negotiation_offers": ("negotiations", "negotiation_id", True),
    "open_licence_changes": ("open_licences", "open_licence_id", True),
    "open_licence_consents": ("open_licences", "open_licence_id", False),
    "open_licence_objections": ("open_licences", "open_licence_id", False),
    "patent_encumbrances": ("patents", "patent_id", True),
    "patent_holders": ("patents", "patent_id", True),
    "patent_inventors": ("patents", "patent_id", True),
    "patent_reductions": ("patents", "patent_id", False),
    "referral_steps": ("referrals", "referral_id", True),
}
PRIVATE = sorted({*OF, *HANGS})

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def world(client: FlaskClient, common_world: World) -> World:
    """That of the access tables, and a row of whatever it has none of."""
    made = common_world
    institution, enterprise = (made.people[name].organisation for name in ("owner", "head"))
    assert institution is not None
    assert enterprise is not None
    private = make_patent(institution, published_at=None)
    session.add(FeeReduction(patent_id=private.id, percent=85, reference="FJ-1", starts_on=today()))
    session.add(
        LateInterest(
            fee_note_id=made.things["fee_note"], position=1, provider_id=institution.id, payer_id=enterprise.id,
            due_on=today(), value_on=today(), lines=[], amount_minor=-1,
        )
    )  # fmt: skip
    parts = [{"months": months, "minor": 1_000_000} for months in (0, 6)]
    paid = make_open_licence(make_patent(institution), price_form=PriceForm.INSTALMENTS, instalments=parts)
    licence = make_licence(paid, enterprise)
    plan_instalments(licence)
    open_dispute(made.people["head"], session.get_one(Licence, licence.id), "多收了一笔")
    registration = session.scalars(
        select(ContractRegistration).options(joinedload(ContractRegistration.contract))
        .where(ContractRegistration.id == made.things["registration"])
    ).one()  # fmt: skip
    take_step(made.people["owner"], registration, RegistrationState.SUBMITTED, today())
    session.add(SigningCode(contract_id=made.things["contract"], user_id=made.people["owner"].user_id))
    session.add(
        KeptExample(
            instrument_id=made.things["instrument"], owner_id=institution.id, payer_class="enterprise", minutes=60,
            with_operator=False, expected_minor=300_00, kept_at=now(),
        )
    )  # fmt: skip
    session.commit()
    return made


@contextmanager
def as_application(tenant: str) -> Iterator[None]:
    """With the rights that the running site has, for one organisation."""
    with session.begin_nested() as nested:
        session.execute(text("SET LOCAL ROLE jishi_app"))
        session.execute(text("SELECT set_config('jishi.tenant', :tenant, true)"), {"tenant": tenant})
        yield
        nested.rollback()


def owners(table: str) -> str:
    """The condition under which a row of a table is the tenant's own."""
    if table in OF:
        return " OR ".join(f"{table}.{column}::text = :tenant" for column in OF[table][0])
    parent, column, _follows = HANGS[table]
    return f"EXISTS (SELECT FROM {parent} WHERE {parent}.id = {table}.{column} AND ({owners(parent)}))"


def readers(table: str) -> str:
    """The condition under which the tenant may read it."""
    if table in OF:
        return owners(table) + (f" OR {OF[table][1]}" if OF[table][1] else "")
    parent, column, follows = HANGS[table]
    if not follows:
        return owners(table)
    return f"EXISTS (SELECT FROM {parent} WHERE {parent}.id = {table}.{column} AND ({readers(parent)}))"


def ids(table: str, condition: str = "true", **values: Any) -> set[Any]:
    return set(session.scalars(text(f"SELECT id FROM {table} WHERE {condition}"), values))


def tenants(world: World) -> dict[str, str]:
    """The organisation of everybody who is somewhere, and nobody."""
    names = ("owner", "head", "stranger", "rival")
    return {**{name: str(world.people[name].organisation_id) for name in names}, "nobody": ""}


def test_every_private_table_is_named_here_and_hidden_together_with_what_hangs_on_it() -> None:
    hidden = set(
        session.scalars(text("SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))
    )
    assert hidden == set(PRIVATE)


def test_everybody_sees_exactly_what_is_theirs(world: World) -> None:
    empty = [table for table in PRIVATE if not ids(table)]
    assert not empty, "an empty table proves nothing: give the world a row of it"
    for table in PRIVATE:
        whole = ids(table)
        seen = {}
        for name, tenant in tenants(world).items():
            expected = ids(table, readers(table), tenant=tenant)
            with as_application(tenant):
                seen[name] = ids(table)
            assert seen[name] == expected, f"{name} in {table}"
        assert whole - seen["stranger"] - seen["rival"] - seen["nobody"], f"all of {table} is public"
        assert seen["owner"] or seen["head"], f"nobody sees anything of {table}"
        with as_application("*"):
            assert ids(table) == whole


def test_nobody_changes_removes_or_makes_rows_of_others(world: World) -> None:
    faults = []
    for table in PRIVATE:
        for name in ("stranger", "nobody"):
            tenant = tenants(world)[name]
            for row in foreign_rows(table, tenant):
                faults += [f"{name}: {verb} {table}" for verb in VERBS if works(verb, table, row, tenant)]
            with as_application(tenant), pytest.raises(ProgrammingError, match="row-level security"):
                make_another(table, world)
    assert not faults


FOREIGN_KEY = "23503"
VERBS = {"DELETE FROM": "", "UPDATE": "SET id = id"}


def foreign_rows(table: str, tenant: str) -> list[Any]:
    """Some rows of others, those first that everybody may read."""
    rows = f"SELECT id FROM {table} WHERE NOT ({owners(table)}) ORDER BY ({readers(table)}) DESC, id LIMIT 3"
    return list(session.scalars(text(rows), {"tenant": tenant}))


def works(verb: str, table: str, row: Any, tenant: str) -> bool:
    """Whether a tenant gets at a row so; stopped by a foreign key alone means that the policy let it pass."""
    statement = text(f"{verb} {table} {VERBS[verb]} WHERE id = :id RETURNING id")
    with as_application(tenant):
        try:
            with session.begin_nested():
                return session.scalar(statement, {"id": row}) is not None
        except DBAPIError as refused:
            return getattr(refused.orig, "sqlstate", "") == FOREIGN_KEY


def make_another(table: str, world: World) -> None:
    """A row in the name of the institution; the policy speaks before any other rule."""
    if table in OF:
        columns, value = OF[table][0], world.people["owner"].organisation_id
    else:
        parent, column, _follows = HANGS[table]
        columns = (column,)
        session.execute(text("SELECT set_config('jishi.tenant', '*', true)"))
        value = session.scalar(text(f"SELECT id FROM {parent} LIMIT 1"))
        session.execute(text("SELECT set_config('jishi.tenant', '', true)"))
    names = ", ".join(("id", *columns))
    marks = ", ".join(("gen_random_uuid()", *(":value" for _column in columns)))
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), {"value": value})


def test_article_51_holds_also_against_a_declaration_that_the_other_side_cannot_see() -> None:
    """专利法 art. 51: a filed declaration is its owner's secret, and yet bars an exclusive licence."""
    taker = make_organisation()
    filed = make_open_licence(
        state=DeclarationState.FILED, announced_on=None, announcement_no="", announcement_source=""
    )
    session.expunge_all()  # nothing of it is read again: the other side could not
    values: dict[str, Any] = {"kind": LicenceKind.EXCLUSIVE, "open_licence_id": None}
    with as_application(str(taker.id)):
        assert not ids("open_licences")
        with pytest.raises(IntegrityError, match="beside an open licence"), session.begin_nested():
            make_licence(filed, taker, **values)
    with as_application(str(taker.id)):
        make_licence(filed, taker, **{**values, "kind": LicenceKind.ORDINARY})
        assert session.scalar(text("SELECT current_setting('jishi.tenant')")) == str(taker.id)


def test_article_51_holds_also_against_the_declaration_of_a_co_owner() -> None:
    """专利法 art. 14, 51: each sees its own copy of the patent alone, and yet the number is barred."""
    filed = make_open_licence(
        make_patent(published_at=None), state=DeclarationState.FILED, announced_on=None, announcement_no="",
        announcement_source="",
    )  # fmt: skip
    copy = make_patent(number=filed.patent.number, published_at=None)
    exclusive = text(
        "INSERT INTO patent_encumbrances (id, patent_id, kind, holder, starts_on)"
        " VALUES (gen_random_uuid(), :patent, 'exclusive_licence', '晶澜光电', :day)"
    )
    with as_application(str(copy.owner_id)):
        assert ids("patents") == {copy.id}
        assert not ids("open_licences")
        with pytest.raises(IntegrityError, match="beside an open licence"), session.begin_nested():
            session.execute(exclusive, {"patent": copy.id, "day": today()})
        with pytest.raises(IntegrityError, match="open_licences_one_filed"), session.begin_nested():
            make_open_licence(copy)
        assert session.scalar(text("SELECT current_setting('jishi.tenant')")) == str(copy.owner_id)


@pytest.mark.parametrize("kind", ["pledge", "suspension", "preservation", "other"])
def test_rule_86_is_kept_by_the_database_too(kind: str) -> None:
    """实施细则 rule 86 (2), (4), (5): what was noted while somebody filed is seen, though nobody looked again."""
    ready = make_open_licence(
        state=DeclarationState.READY, announced_on=None, announcement_no="", announcement_source="", filed_on=today()
    )
    encumber(ready.patent, EncumbranceKind(kind))
    ready.state = DeclarationState.FILED
    with pytest.raises(IntegrityError, match="cannot be filed"):
        session.flush()
