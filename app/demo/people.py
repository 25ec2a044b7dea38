"""Organisations and accounts of the demonstration, and the actors that everything else is done by."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload

from app.accounts.codes import region_of
from app.accounts.events import MemberJoined, OrganisationRegistered
from app.accounts.models import Actor, Membership, Organisation, User, Verification, actor_from
from app.accounts.passwords import check_password, hash_password, is_password
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.events import emit
from app.demo.cast import COMPANIES, NEWCOMER, PEOPLE, Company, Person, company, demo_id
from app.demo.timing import months_before


def are_there() -> bool:
    """Whether everybody was loaded before; a later release may have brought more organisations and people."""
    return not any(_missing())


def load_people(password: str) -> str:
    """Make organisations, people and memberships; one company still waits for the operator."""
    check_password(password, personal=())
    companies, people = _missing()
    hashed = hash_password(password)
    for model, rows in (
        (Organisation, [_organisation(each) for each in companies]),
        (User, [_user(each, hashed) for each in people]),
        (Membership, [_membership(each) for each in people]),
    ):
        if rows:
            session.execute(insert(model), rows)
    founders = {person.company: person for person in reversed(PEOPLE)}
    for person in people:
        record(actor_of(person.email), "member.join", None, {"roles": [[], [role.value for role in person.roles]]})
        if person is not founders[person.company]:
            emit(MemberJoined(demo_id("membership", person.email)))
    waiting = company(NEWCOMER)
    if waiting in companies:
        owner = next(person for person in PEOPLE if person.company == waiting.key)
        record(actor_of(owner.email), "organisation.register", session.get(Organisation, waiting.id))
        emit(OrganisationRegistered(waiting.id, owner.id))
    return f"{len(companies)} organisations, {len(people)} people"


def _missing() -> tuple[list[Company], list[Person]]:
    """Organisations and people of the cast that are not there yet."""
    known = set(session.scalars(select(Organisation.id).where(Organisation.id.in_([each.id for each in COMPANIES]))))
    users = set(session.scalars(select(User.id).where(User.id.in_([each.id for each in PEOPLE]))))
    return [one for one in COMPANIES if one.id not in known], [one for one in PEOPLE if one.id not in users]


def renew_passwords(password: str) -> bool:
    """Let the password of the configuration work for everybody who has not chosen another; says whether it changed."""
    untouched = list(
        session.scalars(
            select(User)
            .where(User.id.in_([each.id for each in PEOPLE]), User.password_changed_at == User.created_at)
            .order_by(User.email)
        )
    )
    if not untouched or is_password(untouched[0], password):
        return False
    check_password(password, personal=())
    session.execute(
        update(User).where(User.id.in_([user.id for user in untouched])).values(password_hash=hash_password(password))
    )
    return True


def actor_of(email: str) -> Actor:
    """Somebody of the cast, acting for the organisation of the demonstration."""
    membership = session.scalars(
        select(Membership)
        .options(joinedload(Membership.organisation), joinedload(Membership.user))
        .where(Membership.id == demo_id("membership", email))
    ).one()
    return actor_from(membership, membership.user)


def _organisation(each: Company) -> dict[str, object]:
    registered = _registered_at() if each.is_verified else now() - timedelta(days=2)
    return {
        "id": each.id,
        "code": each.code,
        "name": each.name,
        "name_en": each.name_en,
        "kind": each.kind,
        "region": region_of(each.code),
        "address": each.address,
        "phone": each.phone,
        "verification": Verification.VERIFIED if each.is_verified else Verification.WAITING,
        "verified_at": registered + timedelta(days=1) if each.is_verified else None,
        "bank_name": each.bank_name,
        "bank_account": each.bank_account,
        "bank_account_name": each.name if each.bank_account else "",
        "created_at": registered,
    }


def _user(person: Person, hashed: str) -> dict[str, object]:
    registered = _registered_at()
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "password_hash": hashed,
        "email_confirmed_at": registered,
        "password_changed_at": registered,
        "created_at": registered,
        "last_organisation_id": company(person.company).id,
    }


def _membership(person: Person) -> dict[str, object]:
    return {
        "id": demo_id("membership", person.email),
        "user_id": person.id,
        "organisation_id": company(person.company).id,
        "roles": [role.value for role in person.roles],
        "created_at": _registered_at(),
    }


def _registered_at() -> datetime:
    """Before everything else that the demonstration tells of."""
    return datetime.combine(months_before(4), time(1, 30), tzinfo=UTC)
