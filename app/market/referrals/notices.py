"""Who is told about referrals, in the application and by mail, each step once."""

from collections.abc import Iterable
from uuid import UUID

from app.accounts.members.queries import people_in
from app.accounts.models import Role, User
from app.accounts.organisations.queries import operator_ids
from app.core.i18n import lazy_gettext as _l
from app.market.patents.policy import OFFICERS
from app.market.referrals.models import Referral, ReferralState, ReferralStep
from app.market.referrals.policy import ANSWERING
from app.market.referrals.words import KINDS, STATES
from app.notifications.kinds import register_kind, register_topic
from app.notifications.links import absolute_link, path_to
from app.notifications.operations import notify
from app.notifications.parameters import Deadline
from app.notifications.telling import mail_to

register_topic("referrals", _l("Referrals"))
for _name, _sentence, _icon in (
    ("referral_to_pass", _l("Find a partner for %(number)s: %(kind)s"), "send"),
    ("referral_to_answer", _l("Answer %(number)s: %(kind)s"), "inbox"),
    ("referral_moved", _l("%(number)s, %(kind)s: %(state)s"), "arrow-right"),
    ("referral_due", _l("%(number)s waits for you until %(day)s"), "timer"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="referrals")

OPERATING = (Role.OWNER, Role.VERIFIER)


def tell_step(referral: Referral, step: ReferralStep) -> None:
    """A step: the operator finds a partner, the partner answers, the applicant learns what came of it."""
    if step.state is ReferralState.ASKED:
        for operator in operator_ids():
            _tell("referral_to_pass", referral, step, operator, people_in(operator, *OPERATING))
        return
    if step.state is ReferralState.PASSED and referral.partner_id is not None:
        _tell("referral_to_answer", referral, step, referral.partner_id, people_in(referral.partner_id, *ANSWERING))
    if step.state in {ReferralState.WITHDRAWN, ReferralState.LAPSED} and referral.partner_id is not None:
        _tell("referral_moved", referral, step, referral.partner_id, people_in(referral.partner_id, *ANSWERING))
    if step.position > 1 and step.state is not ReferralState.WITHDRAWN:
        _tell("referral_moved", referral, step, referral.applicant_id, _applicants(referral))


def tell_due(referral: Referral, day: str) -> None:
    """One reminder to whoever has it, a little before its time is over."""
    with_operator = referral.state is ReferralState.ASKED
    holders = operator_ids() if with_operator else [referral.partner_id]
    words = {"number": referral.number, "day": Deadline.of(referral.due_at)}
    for holder in filter(None, holders):
        for person in people_in(holder, *(OPERATING if with_operator else ANSWERING)):
            key = f"referral_due:{referral.id}:{day}"
            notify(person.id, holder, "referral_due", key, words, path_to("referrals.show", referral_id=referral.id))
            _mail(person, key, referral, None)


def _applicants(referral: Referral) -> list[User]:
    """Whoever asked, and the owners and transfer officers of the applicant; each once."""
    members = people_in(referral.applicant_id)
    officers = {person.id for person in people_in(referral.applicant_id, *OFFICERS)}
    return [person for person in members if person.id in officers or person.id == referral.asked_by_id]


def _tell(kind: str, referral: Referral, step: ReferralStep, organisation_id: UUID, people: Iterable[User]) -> None:
    key = f"{kind}:{referral.id}:{step.position}"
    words = {"number": referral.number, "kind": KINDS[referral.kind], "state": STATES[step.state]}
    for person in people:
        notify(person.id, organisation_id, kind, key, words, path_to("referrals.show", referral_id=referral.id))
        _mail(person, key, referral, step)


def _mail(person: User, key: str, referral: Referral, step: ReferralStep | None) -> None:
    mail_to(
        person, key, "market/referrals/mail/step.txt", person=person, referral=referral, step=step,
        kind=KINDS[referral.kind], state=STATES[step.state if step else referral.state],
        url=absolute_link("referrals.show", referral_id=referral.id),
    )  # fmt: skip
