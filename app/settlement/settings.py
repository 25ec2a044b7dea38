"""What the operator may set about money."""

from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting, Settings
from app.settlement.interest import read_rates

settings = Settings(
    "settlement",
    {
        "commission_basis_points": Setting(
            0, _l("Platform commission of new charges"), _l("hundredths of a per cent"), low=0, high=3000,
        ),
        "commission_tax_percent": Setting(
            6, _l("VAT inside the platform's commission"), "%", low=0, high=13, source="增值税法第十条"
        ),
        "due_days": Setting(
            30, _l("Days until a bill is due"), _l("days"), low=1, high=60, source="保障中小企业款项支付条例"
        ),
        "issue_working_day": Setting(
            6, _l("Working day on which the month before is closed"), _l("working day"), low=1, high=15,
        ),
        "closes_by_itself": Setting(True, _l("Close the month before by itself")),
        "reminder_days": Setting("3 10 20", _l("Days after the due day on which a reminder goes out"), _l("days")),
        "announced_pause_days": Setting(
            5, _l("Days without reminders once a customer has said that the transfer is under way"), _l("days"),
            low=0, high=30,
        ),
        "payout_day": Setting(
            15, _l("Day of the month from which a payout draft is proposed"), _l("day of the month"), low=1, high=28,
        ),
        "late_interest_rates": Setting(
            "2024-07-22:3.35 2024-10-21:3.10 2025-05-20:3.00",
            _l("Yearly rates of late interest: first day and per cent, where nothing else was agreed"), "%",
            source="民法典第五百八十四条；一年期贷款市场报价利率（LPR）", check=read_rates,
        ),
        "late_interest_minimum_minor": Setting(
            100, _l("Late interest below this is not asked for"), _l("fen"), low=1, high=1_000_000
        ),
        "late_interest_due_days": Setting(
            30, _l("Days in which late interest is paid"), _l("days"), low=1, high=120
        ),
        "bank_name": Setting("吉林银行长春科技支行", _l("Custodian bank")),
        "bank_account": Setting("0710 1201 0000 6688", _l("Custody account")),
        "bank_account_name": Setting("省科技大市场结算专户", _l("Name of the custody account")),
    },
)  # fmt: skip
