"""A pledged patent (民法典第四百四十四条): what its licences bring is held; some was agreed on, some was not."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import today
from app.core.db import session
from app.core.workdays import add_months
from app.demo.cast import BANK, SECOND_SME, SME, company
from app.demo.licensed import ask_in_time, past_licence
from app.demo.people import actor_of
from app.demo.timing import months_before
from app.files.operations import store_file
from app.market.licences.instalments import plan_instalments
from app.market.licences.queries import instalments_of
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import EncumbranceKind
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from app.settlement.models import Charge
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import confirm_release, propose_release

FINANCE, SECOND = "finance@jishi.example", "operator2@jishi.example"
PLEDGEE = {
    "bank_name": "松江科技银行营业部", "bank_account": "6600120100998877", "bank_account_name": "松江科技银行",
}  # fmt: skip
DEPOSITARY = {
    "bank_name": "吉林银行长春科技支行", "bank_account": "0710120100117788", "bank_account_name": "公证处提存专户",
}  # fmt: skip


def license_pledged(declared: OpenLicence) -> None:
    """Two licences of old, then the pledge, then the instalments of the last months as the nights have asked for them:
    three in all, of which the last is not due before the first of this month."""
    licences = [
        past_licence(declared, SME, months_before(14), "窑炉烟气除尘"),
        past_licence(declared, SECOND_SME, months_before(13) + timedelta(days=7), "发酵尾气过滤"),
    ]
    officer = actor_of("transfer@jishi.example")
    values = EncumbranceValues(
        EncumbranceKind.PLEDGE, company(BANK).name, add_months(today(), -5), add_months(today(), 19),
        f"Y{today().year}220000888", "bank@jishi.example",
    )  # fmt: skip
    add_encumbrance(officer, declared.patent, values)
    for licence in licences:
        plan_instalments(licence)
        for part in instalments_of(licence.id):
            ask_in_time(part)


def agree_on_first() -> None:
    """What came in first goes to the bank before its time: the university writes it down, the operator confirms."""
    hold = held_sums()[0]
    _propose(actor_of(FINANCE), hold, ProceedsChoice.PREPAY)
    confirm_release(actor_of(SECOND), hold)


def propose_second() -> None:
    """The second sum is to be deposited; nobody has confirmed that yet."""
    _propose(actor_of(FINANCE), held_sums()[1], ProceedsChoice.DEPOSIT)


def held_sums() -> Sequence[ProceedsHold]:
    """What is held or was, the first earned first."""
    statement = select(ProceedsHold).join(Charge, Charge.id == ProceedsHold.charge_id)
    return session.scalars(statement.order_by(Charge.used_on, Charge.id)).all()


def _propose(actor: Actor, hold: ProceedsHold, choice: ProceedsChoice) -> None:
    paper = store_file(actor, f"{hold.pledgee}-协议.pdf", _page("Agreement of owner and pledgee (demonstration)"),
                       subject_kind="proceeds_holds", subject_id=hold.id)  # fmt: skip
    account = PLEDGEE if choice is ProceedsChoice.PREPAY else DEPOSITARY
    propose_release(actor, hold, choice, paper, account)


def _page(words: str) -> bytes:
    """A PDF of one page with one line of plain letters."""
    text = f"BT /F1 18 Tf 72 760 Td ({words.replace('(', '[').replace(')', ']')}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + head + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
