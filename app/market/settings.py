"""The run-time settings of the market (domain.md B.1, B.2; flows-market.md §2 ⚙)."""

from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting, Settings

LAW = "专利法第四十二条"
RULES = "专利法实施细则"
ESTIMATE = "专利开放许可使用费估算指引(试行)"

REGISTERING = "技术合同认定登记管理办法(2024年征求意见稿)"

settings = Settings(
    "market",
    {
        "years_invention": Setting(20, _l("Years of protection of an invention"), _l("years"), 1, 30, source=LAW),
        "years_utility_model": Setting(
            10, _l("Years of protection of a utility model"), _l("years"), 1, 30, source=LAW
        ),
        "years_design": Setting(15, _l("Years of protection of a design"), _l("years"), 1, 30, source=LAW),
        "design_fifteen_since": Setting(
            "2021-06-01", _l("Designs filed before this day are protected for ten years"), source=LAW
        ),
        "annuities_invention": Setting(
            "1-3:900 4-6:1200 7-9:2000 10-12:4000 13-15:6000 16-20:8000",
            _l("Full annuities of an invention, yuan by year"),
            _l("yuan"),
        ),
        "annuities_utility_model": Setting(
            "1-3:600 4-5:900 6-8:1200 9-10:2000", _l("Full annuities of a utility model, yuan by year"), _l("yuan")
        ),
        "annuities_design": Setting(
            "1-3:600 4-5:900 6-8:1200 9-10:2000 11-15:3000", _l("Full annuities of a design, yuan by year"), _l("yuan")
        ),
        "late_months": Setting(
            6, _l("Months in which a late annuity can still be paid"), _l("months"), 1, 12,
            source=f"{RULES}第一百一十五条",
        ),
        "late_percent": Setting(
            5, _l("Surcharge for each month past the due day, of the full annuity"), "%", 0, 50,
            source=f"{RULES}第一百一十五条",
        ),
        "open_relief_percent": Setting(
            15, _l("Relief of annuities while an open licence is carried out"), "%", 0, 100,
            source="专利法第五十一条；财税〔2024〕23号；国家知识产权局公告第594号",
        ),
        "open_relief_needs_filing": Setting(
            1, _l("It counts from the filing of a licence with CNIPA (0: from the day it takes effect)"), "", 0, 1,
            source="国家知识产权局公告第594号",
        ),
        "reduction_percents": Setting(
            "85 70", _l("Reductions of fees that CNIPA has on file, one patentee and several"), "%",
            source="专利收费减缴办法(财税〔2016〕78号)",
        ),
        "reduction_years": Setting(
            10, _l("Years from that of the grant whose annuities are reduced"), _l("years"), 1, 20,
            source="财政部、国家发展改革委公告2019年第45号",
        ),
        "annuity_alert_days": Setting(
            "90 30 7", _l("Days before an annuity is due on which its owner is told"), _l("days")
        ),
        "usual_lump_minor": Setting(
            2_000_000_000, _l("A fixed fee above this needs a reason"), _l("fen"), 0, source=ESTIMATE
        ),
        "usual_sales_rate": Setting(
            2000, _l("A share of net sales above this needs a reason"), _l("hundredths of a per cent"), 0, 10_000,
            source=ESTIMATE,
        ),
        "usual_profit_rate": Setting(
            4000, _l("A share of profit above this needs a reason"), _l("hundredths of a per cent"), 0, 10_000,
            source=ESTIMATE,
        ),
        "one_to_many_percent": Setting(
            80, _l("What one open licence costs of a licence for a single firm"), "%", 1, 100, source=ESTIMATE
        ),
        "estimate_spread_percent": Setting(
            20, _l("How far the range of an estimate reaches around its middle"), "%", 0, 90, source=ESTIMATE
        ),
        "promotional_words": Setting(
            "国内领先 国际领先 世界领先 国际先进 国内首创 填补空白 行业第一 全球首创 独一无二 效果显著 效果极佳"
            " 最佳 最先进 顶级 王牌 极品 万能 100%有效"
            " leading world-class best-in-class unique revolutionary cutting-edge"
            " state_of_the_art groundbreaking",
            _l("Words that are marked as advertising in a declaration; _ stands for a blank"),
            source=f"{RULES}第八十五条",
        ),
        "publicity_days": Setting(
            15, _l("Days of publicity inside the institution"), _l("days"), 0, 60, source="促进科技成果转化法第十八条"
        ),
        "consent_days": Setting(14, _l("Days in which a consent link can be answered"), _l("days"), 1, 60),
        "inventors_share": Setting(
            5000, _l("Least share of the net income that goes to the inventors"), _l("hundredths of a per cent"), 0,
            10_000, source="促进科技成果转化法第四十五条",
        ),
        "unpaid_notice_days": Setting(30, _l("Days after which an unpaid notice is void"), _l("days"), 1, 180),
        "unpaid_notice_reminders": Setting(
            "3 15 25", _l("Days after a notice on which its payment is reminded of"), _l("days")
        ),
        "free_on_notice": Setting(
            1, _l("A licence with nothing due takes effect on its notice (0: the operator looks at it first)"), "", 0,
            1,
            source="专利法第五十一条",
        ),
        "instalment_days": Setting(
            30, _l("Days before an instalment is due on which its fee note is issued"), _l("days"), 0, 180
        ),
        "licence_tax_percent": Setting(
            6, _l("VAT inside the fees of patent licences"), "%", 0, 100, source="增值税法第十条"
        ),
        "filing_months": Setting(
            3, _l("Months in which a licence is filed with CNIPA"), _l("months"), 1, 12, source=f"{RULES}第八十七条"
        ),
        "filing_reminders": Setting(
            "60 30 10 3", _l("Days before the filing is due on which both sides are told"), _l("days")
        ),
        "royalty_report_days": Setting(30, _l("Days after a period in which its report is due"), _l("days"), 1, 120),
        "royalty_reminders": Setting(
            "7", _l("Days before a royalty report is due on which the licensee is told"), _l("days")
        ),
        "royalty_due_days": Setting(30, _l("Days in which a royalty is paid"), _l("days"), 1, 120),
        "question_days": Setting(
            15, _l("Working days in which a royalty report can be questioned"), _l("working days"), 1, 60
        ),
        "answer_days": Setting(
            10, _l("Working days in which a question is answered"), _l("working days"), 1, 60
        ),
        "offer_days_negotiated": Setting(
            10, _l("Working days after which an offer lapses"), _l("working days"), 1, 60
        ),
        "register_fresh_days": Setting(
            30, _l("Register facts older than this are marked where a licence is taken"), _l("days"), 1, 365
        ),
        "pledge_alert_days": Setting("30", _l("Days before a pledge ends on which the owner is told"), _l("days")),
        "sign_days": Setting(
            10, _l("Working days in which an agreed contract is signed"), _l("working days"), 1, 60
        ),
        "home_province": Setting("22", _l("Province of the market, the first two digits of GB/T 2260")),
        "registration_days": Setting(
            15, _l("Working days in which a contract’s registration is decided"), _l("working days"), 1, 120,
            source=REGISTERING,
        ),
        "registration_days_large": Setting(
            30, _l("Working days for large or disputed contracts"), _l("working days"), 1, 240, source=REGISTERING
        ),
        "registration_large_minor": Setting(
            500_000_000, _l("Technology value from which a contract counts as large"), _l("fen"), 0,
            source=REGISTERING,
        ),
        "watches_most": Setting(20, _l("Searches and patents that one person can watch"), "", 1, 500),
        "watch_hour": Setting(7, _l("Hour of the day from which watchers are written to"), _l("o’clock"), 0, 23),
        "watch_weekday": Setting(1, _l("Day of the weekly mail to watchers, 1 is Monday"), "", 1, 7),
        "watch_expiry_days": Setting(
            90, _l("Days before its expiry on which watchers of a patent are told"), _l("days"), 1, 3650
        ),
        "watch_mail_patents": Setting(30, _l("Most patents that one mail to a watcher describes"), "", 1, 200),
        "watch_unconfirmed_days": Setting(
            7, _l("Days in which a visitor confirms a watch before it is deleted"), _l("days"), 1, 60,
            source="个人信息保护法第十九条",
        ),
        "watch_links_day": Setting(5, _l("Links to confirm a watch that one mail address gets in a day"), "", 1, 50),
        "referral_pass_days": Setting(
            3, _l("Working days in which the operator finds a partner"), _l("working days"), 1, 60
        ),
        "referral_answer_days": Setting(
            10, _l("Working days after which a request without an answer of the partner lapses"), _l("working days"),
            1, 60,
        ),
        "referral_talk_days": Setting(
            60, _l("Working days after which a request without a result lapses"), _l("working days"), 1, 250
        ),
        "referral_reminder_days": Setting(
            3, _l("Days before its time is over on which whoever has a request is reminded"), _l("days"), 1, 30
        ),
        "expiry_alert_days": Setting("365 90", _l("Days before expiry on which the owner is told"), _l("days")),
    },
)  # fmt: skip
