"""One of everything: an institution that lends, an enterprise that books, the operator, and strangers."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from sqlalchemy import Select, select
from werkzeug.test import TestResponse

from app.accounts.members.operations import invite_member, request_to_join
from app.accounts.models import Actor, Membership, Organisation, OrganisationKind, Role
from app.accounts.proofs import digest_of
from app.accounts.sessions.operations import open_session
from app.accounts.tokens.operations import create_token
from app.core.clock import bounds, now, period, today
from app.core.db import db, session
from app.core.ids import uuid7
from app.core.money import Money
from app.equipment.exchange.kind import INSTRUMENTS
from app.equipment.instruments.models import Instrument
from app.equipment.instruments.pictures import add_pictures
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.holds import hold_slot, holder_of
from app.equipment.schedule.claims import claim
from app.equipment.schedule.hours import day_hours
from app.equipment.schedule.models import OccupationKind
from app.equipment.schedule.operations import add_maintenance, set_exception
from app.equipment.schedule.templates import save_template
from app.equipment.tariffs.models import Tariff
from app.equipment.tariffs.operations import draft_tariff
from app.equipment.tariffs.terms import Terms
from app.equipment.usage.codes import code_of
from app.equipment.waiting.operations import Wish, join_line
from app.files.licences import SUBJECT
from app.files.models import FeedKind
from app.files.operations import create_feed, store_file
from app.files.policy import register_subject
from app.imports.drafts import create_draft
from app.ledger.models import LedgerAccount
from app.market.portal.operations import register_interest
from app.notifications.models import Notification
from app.notifications.operations import notify
from app.settlement.credits.operations import issue_credit_note
from app.settlement.fee_notes.operations import refund_fee_note
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.operations import Transfer, record_transfer
from app.settlement.payouts.models import Payout
from app.settlement.payouts.operations import draft_payouts
from app.settlement.proceeds.operations import hold_proceeds
from app.settlement.statements.models import Bill, Statement
from app.settlement.statements.operations import close_month
from tests.access.declared import declared
from tests.access.licensed import licensed
from tests.access.negotiated import negotiated_things
from tests.access.portfolios import add_patents
from tests.access.referred import referred
from tests.access.rows import ANONYMOUS
from tests.access.watched import watched
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_user, signed, signed_in
from tests.equipment.factories import SHANGHAI, TERMS, make_bookable_instrument, make_instrument, slot, tiny_picture
from tests.equipment.usage.factories import Case, make_objected, make_recorded
from tests.market.factories import make_open_licence, make_patent, make_pilot
from tests.market.royalties.things import owed
from tests.settlement.factories import OCTOBER, make_charge, make_final_charge, make_institution
from tests.settlement.fee_notes.factories import make_fee_note

HELD = "the random token of a pledgee's link"
BROWSER = "a browser's random token"


@dataclass
class World:
    """People by name, with the cookie of their browser and the token of their program; things by name."""

    people: dict[str, Actor] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, actor: Actor) -> Actor:
        """Somebody, signed in everywhere."""
        self.people[name] = actor
        assert actor.user is not None
        self.cookies[name], opened = open_session(actor.user, user_agent="Test", address=f"127.0.1.{len(self.people)}")
        opened.organisation_id = actor.organisation_id
        self.tokens[name], _token = create_token(actor, actor.organisation, name="test")
        self.things[f"session_of_{name}"] = opened.id
        self.things[f"token_of_{name}"] = _token.id
        return actor


def make_world() -> World:
    """Everything that an address of the site can name."""
    world = World()
    institution, enterprise = make_institution("=北松大学"), make_organisation(name="=晶澜光电")
    _add_people(world, institution, enterprise)
    world.things.update(institution=institution.id, enterprise=enterprise.id, code=institution.code)
    _add_instruments(world, institution)
    _add_bookings(world, institution)
    _add_money(world, institution, enterprise)
    _add_papers(world, institution, enterprise)
    add_patents(world, institution, enterprise)
    world.things.update(declared(institution))
    world.things.update(
        owed(institution, enterprise, world.people["owner"], world.people["payer"], world.things["charge"])
    )
    _add_patents(world, institution)
    world.things.update(licensed(institution, enterprise))
    world.things.update(watched(world.people["head"]))
    world.things.update(referred(world.people, institution, enterprise))
    session.commit()
    session.remove()  # type: ignore[attr-defined]
    return world


def _add_people(world: World, institution: Organisation, enterprise: Organisation) -> None:
    for name in ("owner", "manager", "technician", "finance"):
        world.add(name, make_actor(institution, Role(name)))
    for name, role in (("head", Role.OWNER), ("booker", Role.BOOKER), ("payer", Role.FINANCE)):
        world.add(name, make_actor(enterprise, role))
    world.add("chief", make_operator(Role.OWNER))
    for name, role in (("verifier", Role.VERIFIER), ("settler", Role.SETTLEMENT), ("auditor", Role.AUDITOR)):
        world.add(name, make_operator(role))
    world.add("stranger", make_actor())
    world.add("rival", make_actor(make_organisation(OrganisationKind.INSTITUTION)))
    world.add("lonely", Actor(user=make_user()))


def _add_instruments(world: World, institution: Organisation) -> None:
    owner = world.people["owner"]
    shared = make_bookable_instrument(institution, rules={"needs_approval": True})
    draft = make_instrument(institution, state="draft", published_at=None)
    session.flush()
    exception = set_exception(owner, shared, (now() + timedelta(days=40)).date(), day_hours([]), "校庆")
    block = add_maintenance(owner, shared, slot(days=30), "校准")
    price_list = session.scalars(select(Tariff).where(Tariff.instrument_id == shared.id)).one()
    draft_tariff(owner, shared, Terms.from_json(TERMS))
    world.things.update(
        instrument=shared.id, draft=draft.id, exception=exception.id, maintenance=block, tariff=price_list.id,
        label=code_of(shared.id),
    )  # fmt: skip
    world.things["hours"] = save_template(owner, shared, "工作日", with_rules=False).id
    picture = add_pictures(owner, shared, [tiny_picture()])[0]
    world.things["picture"] = picture.id
    content = "资产编号,仪器名称\nA1,质谱仪\n".encode()
    world.things["upload"] = create_draft(INSTRUMENTS, world.people["manager"], institution, "list.csv", content).id


def _add_bookings(world: World, institution: Organisation) -> None:
    booker, instrument_id = world.people["booker"], world.things["instrument"]
    request = make_reservation(booker, instrument_id, slot(days=4), purpose="光学胶")
    simple = make_bookable_instrument(institution)
    confirmed = make_reservation(booker, simple.id, slot(days=5), purpose="光学胶")
    hold = hold_slot(booker, simple.id, slot(days=6), holder=holder_of(BROWSER))
    people = (world.people["manager"], world.people["technician"], booker)
    used = make_reservation(booker, simple.id, slot(days=3), purpose="x")
    _case, use = make_recorded(Case(simple, *people, used))
    disputed = make_reservation(booker, simple.id, slot(days=3, hour=15, minutes=180), purpose="x")
    _case, objection = make_objected(Case(simple, *people, disputed), minutes=170, claimed=120)
    world.things.update(
        request=request.id, booking=confirmed.id, hold=hold.id, use=use.id, objection=objection.id, simple=simple.id,
        used=used.id, place=_place(booker, simple), **_times(),
    )  # fmt: skip


def _place(booker: Actor, instrument: Instrument) -> UUID:
    """A place in line for a day on which nothing is free."""
    begin = bounds(slot(days=9, hour=0))[0]
    claim(uuid7(), instrument.id, period(begin, begin + timedelta(days=1)), OccupationKind.MAINTENANCE)
    day = (now().astimezone(SHANGHAI) + timedelta(days=9)).date()
    return join_line(booker, instrument.id, Wish(day, day, 60, "光学胶")).id


def _times() -> dict[str, str]:
    """Instants and days ahead, as the API and as forms take them."""
    starts_at, ends_at = bounds(slot(days=15, hour=9))
    day = starts_at.date()
    return {
        "slot_starts": starts_at.isoformat(),
        "slot_ends": ends_at.isoformat(),
        "wall_starts": f"{day + timedelta(days=10)}T09:00",
        "wall_ends": f"{day + timedelta(days=10)}T10:00",
        "day": (day + timedelta(days=20)).isoformat(),
        "later": (day + timedelta(days=80)).isoformat(),
        "month": f"{today():%Y-%m}",
        "window": urlencode({"from": starts_at.isoformat(), "to": ends_at.isoformat()}),
    }


def _add_money(world: World, institution: Organisation, enterprise: Organisation) -> None:
    settler = world.people["settler"]
    charge = make_final_charge(institution, enterprise, used_on=date(2026, 10, 8))
    other = make_final_charge(institution, enterprise, used_on=date(2026, 10, 9))
    close_month(settler, OCTOBER)
    make_charge(institution, enterprise, used_on=today())
    bill = session.scalars(select(Bill).where(Bill.payer_id == enterprise.id)).one()
    statement = session.scalars(select(Statement).where(Statement.provider_id == institution.id)).one()
    line, _new = record_transfer(settler, transfer("T1", 50_00, bill.memo_code))
    payment = match_transfer(settler, line)
    assert payment is not None
    open_line, _new = record_transfer(settler, transfer("T2", 20_00, "no code"))
    batch = draft_payouts(settler).batch
    asked = make_fee_note(institution, enterprise, description="=一种光学胶：许可使用费", due_on=date(2026, 11, 20))
    returned = make_fee_note(institution, enterprise, 70_00)
    match_transfer(settler, record_transfer(settler, transfer("T3", 70_00, returned.memo_code))[0])
    refund_fee_note(settler, returned, "=declaration withdrawn")
    pledged = hold_proceeds(settler, other, "=pledged", pledgee="松江银行")
    pledged.link_hash = digest_of(HELD)
    world.things.update(fee_note=asked.id, refund=returned.id, proceeds=pledged.id, held=HELD)
    session.refresh(charge)
    session.refresh(other)
    note = issue_credit_note(world.people["finance"], charge, Money(10_00), "第2份样品没有做")
    world.things.update(
        charge=other.id, bill=bill.id, statement=statement.id, line=open_line.id, payment=payment.id, batch=batch.id,
        account=session.scalars(select(LedgerAccount.id).where(LedgerAccount.code.contains(str(enterprise.id)))).first(),
        payout=session.scalars(select(Payout.id).where(Payout.batch_id == batch.id)).one(), note=note.id,
    )  # fmt: skip


def transfer(reference: str, amount: int, memo: str) -> Transfer:
    """An incoming transfer of some fen."""
    return Transfer(reference, date(2026, 11, 10), "晶澜光电", "3317", Money(amount), memo)


def _add_papers(world: World, institution: Organisation, enterprise: Organisation) -> None:
    owner, booker = world.people["owner"], world.people["booker"]
    invitation = invite_member(owner, institution, email="new@test.example", roles=[Role.MANAGER], locale="en")
    applicant = Actor(user=make_user())
    membership = request_to_join(applicant, institution)
    waiting = make_organisation(verification="waiting", verified_at=None)
    assert booker.user_id is not None
    notify(booker.user_id, enterprise.id, "reservation_confirmed", "k1", {"instrument": "x", "slot": "y"}, "/bookings")
    register_subject("access_test", lambda actor, _subject: actor.organisation_id == enterprise.id)
    evidence = store_file(booker, "a.pdf", b"%PDF-1.4\n%%EOF\n", subject_kind="access_test", subject_id=None)
    scan = store_file(owner, "a.pdf", b"%PDF-1.4\n%%EOF\n", subject_kind=SUBJECT, subject_id=institution.id)
    world.things["licence"] = scan.id
    _feed, secret = create_feed(booker, FeedKind.USER)
    world.things.update(
        invitation=invitation.id, membership=membership.id, waiting=waiting.id, feed=secret, file=evidence.id,
        member=session.scalars(select_membership(world.people["technician"])).one(),
        notice=session.scalars(select_notice(booker.user_id)).first(),
    )  # fmt: skip


def _add_patents(world: World, institution: Organisation) -> None:
    """A patent that can be taken and one that is a pilot, in which the customer is interested."""
    announced = make_open_licence(make_patent(institution, title="=一种光学胶"))
    pilot = make_pilot(make_patent(institution))
    register_interest(world.people["head"], pilot.patent, pilot, "光学胶")
    world.things.update(negotiated_things(world.people, institution))
    rival = world.people["rival"].organisation
    assert rival is not None
    world.things.update(
        patent=announced.patent_id, pilot_patent=pilot.patent_id, open_licence=announced.id, pilot=pilot.id,
        rival_code=rival.code,
    )  # fmt: skip


def select_membership(actor: Actor) -> Select[UUID]:
    """The id of somebody's membership."""
    return select(Membership.id).where(
        Membership.user_id == actor.user_id, Membership.organisation_id == actor.organisation_id
    )


def select_notice(user_id: UUID) -> Select[UUID]:
    """The ids of somebody's notices."""
    return select(Notification.id).where(Notification.user_id == user_id)


class Visitor:
    """Sends one request as somebody, in a context of its own, and takes back what it changed."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world
        self._adapter = app.url_map.bind("localhost")
        self._cookies = {who: signed(app, signed_in(token)) for who, token in world.cookies.items()}

    def address(self, endpoint: str, arguments: str) -> str:
        """The path of an endpoint for things of the world."""
        pairs = (pair.split("=", 1) for pair in arguments.split())
        values = {name: self.world.things.get(value, value) for name, value in pairs}
        query = f"?{self.world.things['window']}" if endpoint == "schedule_api.availability" else ""
        return self._adapter.build(endpoint, values) + query

    def send(self, who: str, method: str, path: str, form: dict[str, Any] | None = None) -> TestResponse:
        """The answer to `who`; whatever it changed is undone."""
        with undone():
            return self._ask(who, method, path, form or {})

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Undo what happened inside only at the end, so that it can be looked at."""
        with undone():
            yield

    def post(self, who: str, path: str, form: dict[str, Any]) -> TestResponse:
        """Like `send`, without undoing."""
        return self._ask(who, "POST", path, form)

    def browse(self, who: str, path: str) -> TestResponse:
        """The answer to the browser of `who`, also where a token is wanted."""
        answer: TestResponse = Context().run(self._browse, who, "GET", path, {})
        return answer

    def _ask(self, who: str, method: str, path: str, form: dict[str, Any]) -> TestResponse:
        filled = {name: self.world.things.get(str(value), value) for name, value in form.items()}
        sent = {name: str(value) if isinstance(value, UUID) else value for name, value in filled.items()}
        ask = self._call if path.startswith("/api/") else self._browse
        answer: TestResponse = Context().run(ask, who, method, path, sent)
        return answer

    def _call(self, who: str, method: str, path: str, body: dict[str, Any]) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.world.tokens[who]}"} if who != ANONYMOUS else {}
        sent = body if method == "POST" else None
        return self.app.test_client().open(path, method=method, headers=headers, json=sent, buffered=True)

    def _browse(self, who: str, method: str, path: str, form: dict[str, Any]) -> TestResponse:
        client = self.app.test_client()
        if who in self._cookies:
            client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], self._cookies[who])
        return client.open(path, method=method, data=form, buffered=True)


@contextmanager
def undone() -> Iterator[None]:
    """Undo whatever is committed inside, within the transaction of the test."""
    session.remove()  # type: ignore[attr-defined]
    savepoint = db.engines[None].begin_nested()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        session.remove()  # type: ignore[attr-defined]
        savepoint.rollback()
