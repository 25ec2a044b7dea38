"""The steps in which the demonstration is loaded; each is one transaction and is taken once."""

from collections.abc import Callable
from dataclasses import dataclass

from app.demo import (
    dealings,
    declarations,
    instruments,
    lateness,
    licences,
    money,
    past,
    people,
    portfolio,
    present,
    referrals,
    watches,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `load` gets the password of the accounts and says what it did."""

    title: str
    is_done: Callable[[], bool]
    load: Callable[[str], str]


STEPS = (
    Step("Organisations and accounts", people.are_there, people.load_people),
    Step("A real list of instruments", instruments.are_imported, instruments.import_instruments),
    Step("Hours, rules and prices", instruments.are_offered, instruments.offer_instruments),
    Step("Three months of bookings", past.are_there, past.load_past),
    Step("A portfolio of patents", portfolio.are_there, portfolio.load_patents),
    Step("Open licences and what follows", declarations.are_there, licences.load_market),
    Step("Closing the months", money.are_closed, money.close_months),
    Step("Transfers and payouts", money.is_paid, money.move_money),
    Step("Fees that came late", lateness.are_there, lateness.load_late),
    Step("Right now", present.is_there, present.load_present),
    Step("Licences by agreement", dealings.are_there, dealings.load_dealings),
    Step("Searches and patents that are watched", watches.are_there, watches.load_watches),
    Step("Referrals to a bank and an IP firm", referrals.are_there, referrals.load_referrals),
)
