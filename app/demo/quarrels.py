"""What licensor and licensee do not agree about: a report that is asked about, and a dispute that is mediated."""

from datetime import timedelta

from app.core.clock import today
from app.demo.people import actor_of
from app.market.licences.disputes import ask_mediation, open_dispute, propose, say
from app.market.licences.models import Licence
from app.market.royalties.models import RoyaltyPeriod
from app.market.royalties.questions import agree_inspection, answer, ask

OFFICER, BIOTECH, OPERATOR = "transfer@jishi.example", "biotech@jishi.example", "operator@jishi.example"


def question(period: RoyaltyPeriod) -> None:
    """The office asks about deductions and for a look at the books; the firm answers and names a day."""
    asked = ask(actor_of(OFFICER), period, "扣除的2万元是什么费用？请附运费单据。", inspect=True)
    answer(actor_of(BIOTECH), asked, "是出口运费和保险费，单据可在查账时提供。")
    agree_inspection(actor_of(BIOTECH), asked, today() + timedelta(days=9))


def quarrel(licence: Licence) -> None:
    """The licensee claims a part of the fee back; the operator mediates and proposes a sum that nobody has answered."""
    officer, firm = actor_of(OFFICER), actor_of(BIOTECH)
    dispute = open_dispute(firm, licence, "说明书所述功率在连续工作两小时后达不到，请求退还部分许可费。", 800_000)
    say(officer, licence, dispute, "该功率以水冷为前提，说明书第6页已写明。")
    ask_mediation(firm, licence, dispute)
    propose(actor_of(OPERATOR), licence, dispute, "许可方退还¥3,000.00，并提供一天现场指导，双方不再追究。")
