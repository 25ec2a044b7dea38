"""The operator's books: accounts, one account, and the check of everything."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, login_required
from app.accounts.models import Organisation
from app.accounts.policy import any_operator
from app.core.clock import today
from app.core.db import session
from app.core.filters import asks, day, one_of, words
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import DEFAULT_PAGE_SIZE, Page, csv_response, paginate, wants_csv
from app.core.policy import Rule, ensure, load
from app.core.runs import latest_run, request_run
from app.core.templating import format_datetime, render
from app.ledger.books import Stretch, accounts_to_show, all_lines_of, balances, lines_of, stretch_of
from app.ledger.models import AccountKind, LedgerAccount
from app.ledger.policy import LedgerPolicy
from app.ledger.subjects import movement_words, subjects_of
from app.ledger.tasks import CHECK
from app.ledger.words import KIND_NAMES, account_name

bp = Blueprint("ledger", __name__, url_prefix="/settlement/ledger", template_folder="templates")


def _allow(permission: Rule) -> None:
    ensure(current_actor(), permission, None, known_to=any_operator)


def _day(name: str) -> date | None:
    """A day of the address; what is none restricts nothing."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


@bp.get("", endpoint="list")
@login_required
@asks(kind=one_of(KIND_NAMES), q=words, on=day)
def list_accounts() -> ResponseReturnValue:
    """Accounts with their balances, now or at the end of a day; ``?format=csv`` gives them as a file."""
    _allow(LedgerPolicy.view)
    kind, words, day = request.args.get("kind", ""), request.args.get("q", "").replace("\0", "").strip(), _day("on")
    statement = accounts_to_show(kind, words[:100])
    if wants_csv():
        header = (_("Ledger account"), _("Name"), _("Whose account"), _("Kind"), _("Account balance"), _("Currency"))
        return csv_response("ledger-accounts", header, _account_rows(session.execute(statement).all(), day))
    page = paginate(statement, scalars=False)
    return render(
        "ledger/list.html",
        page=page,
        balances=balances([account for account, _owner in page.items], day),
        kind=kind,
        kinds={each: KIND_NAMES[each] for each in AccountKind},
        words=words,
        day=day,
        today=today(),
        account_name=account_name,
        run=latest_run(CHECK),
        may_check=LedgerPolicy.check(current_actor(), None),
    )


def _account_rows(found: Any, day: date | None) -> Iterator[tuple[Any, ...]]:
    amounts = balances([account for account, _owner in found], day)
    for account, owner in found:
        yield (account.code, account_name(account.code), owner or "", KIND_NAMES[account.kind],
               Money(amounts[account.id], account.currency).decimal, account.currency)  # fmt: skip


@bp.get("/<uuid:account_id>")
@login_required
@asks(from_=day, to=day)
def show(account_id: UUID) -> ResponseReturnValue:
    """One account line by line with its running balance; ``?format=csv`` gives the lines as a file."""
    account = load(LedgerAccount, account_id, current_actor(), LedgerPolicy.view, known_to=any_operator)
    stretch = stretch_of(account, _day("from"), _day("to"))
    if wants_csv():
        header = (_("Number"), _("Posted"), _("In effect"), _("Movement"), _("Memo"), _("Debit side"), _("Credit side"),
                  _("Account balance"))  # fmt: skip
        return csv_response("ledger-lines", header, _line_rows(account, stretch))
    page = _page(stretch)
    return render(
        "ledger/show.html",
        account=account,
        owner=session.get(Organisation, account.owner_id) if account.owner_id else None,
        stretch=stretch,
        page=page,
        subjects=subjects_of((line.subject_kind, line.subject_id) for line in page.items),
        first_day=_day("from"),
        last_day=_day("to"),
        kind=KIND_NAMES[account.kind],
        name=account_name(account.code),
        movement_words=movement_words,
    )


def _page(stretch: Stretch) -> Page[Any]:
    wanted = request.args.get("page", 1, type=int)
    number = min(max(1, wanted), max(1, -(-stretch.lines // DEFAULT_PAGE_SIZE)))
    lines = lines_of(stretch, DEFAULT_PAGE_SIZE, (number - 1) * DEFAULT_PAGE_SIZE)
    return Page(lines, number, DEFAULT_PAGE_SIZE, stretch.lines)


def _line_rows(account: LedgerAccount, stretch: Stretch) -> Iterator[tuple[Any, ...]]:
    for line in all_lines_of(stretch):
        amount = Money(abs(line.amount), account.currency).decimal
        yield (line.number, format_datetime(line.created_at, "iso"), format_datetime(line.effective_at, "iso"),
               movement_words(line.kind), line.memo, amount if line.amount > 0 else "",
               amount if line.amount < 0 else "",
               Money(int(line.balance) * account.normal, account.currency).decimal)  # fmt: skip


@bp.post("/check")
@login_required
def check() -> ResponseReturnValue:
    """Have the books checked in the background; pressed twice it is done once."""
    _allow(LedgerPolicy.check)
    request_run(current_actor(), CHECK)
    return redirect(url_for(".list"))


@bp.get("/check")
@login_required
def progress() -> ResponseReturnValue:
    """How far the check is, as a part of the list of accounts."""
    _allow(LedgerPolicy.view)
    run = latest_run(CHECK)
    if run is None or not run.is_active:
        return "", {"HX-Refresh": "true"}
    return render("ledger/_check.html", run=run, locale=current_locale)
