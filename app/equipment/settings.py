"""The run-time settings of the equipment module (flows.md §2 ⚙)."""

from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting, Settings

settings = Settings(
    "equipment",
    {
        "hold_minutes": Setting(
            10, _l("How long a slot is held while the booking form is filled in"), _l("minutes"), 1, 60
        ),
        "hold_signup_minutes": Setting(
            25, _l("How long a slot is held while a newcomer opens an account"), _l("minutes"), 1, 60
        ),
        "quote_hours": Setting(
            24, _l("How long a quote keeps its price, from the moment it was shown"), _l("hours"), 0, 240
        ),
        "anonymous_holds": Setting(
            2, _l("How many slots of one instrument visitors without an account may hold at a time"), "", 0, 20
        ),
        "approval_days": Setting(
            2, _l("How long an institution may take to answer a request"), _l("working days"), 1, 30
        ),
        "request_at_once_hours": Setting(
            24, _l("A request that starts within this time is mailed at once, not collected"), _l("hours"), 0, 240
        ),
        "waiting_offer_hours": Setting(
            12, _l("How long a freed slot is held for the first one on the waiting list"), _l("hours"), 1, 72
        ),
        "waiting_least_minutes": Setting(
            30, _l("A slot that leaves less time to decide is not offered to the waiting list"), _l("minutes"), 0, 1440
        ),
        "waiting_entries": Setting(5, _l("Waiting lists that an organisation may be on at a time"), "", 1, 100),
        "waiting_per_instrument": Setting(
            2, _l("Places that an organisation may have on the waiting list of one instrument"), "", 1, 20
        ),
        "approval_lead_minutes": Setting(
            120, _l("A request is answered at the latest this long before its start"), _l("minutes"), 0, 1440
        ),
        "approval_notice_minutes": Setting(
            240, _l("Instruments that need approval are booked at least this far ahead"), _l("minutes"), 0, 10080
        ),
        "unverified_bookings": Setting(
            1, _l("Bookings that an unverified organisation may have at a time"), "", 0, 100
        ),
        "unverified_limit_minor": Setting(
            500_000, _l("The most expensive booking of an unverified organisation"), _l("fen"), 0, 100_000_000
        ),
        "early_start_minutes": Setting(
            15, _l("How early a use may begin if the instrument is free"), _l("minutes"), 0, 240
        ),
        "no_show_minutes": Setting(
            30, _l("After this long without a start a booking counts as not used"), _l("minutes"), 5, 1440
        ),
        "review_after_hours": Setting(
            12, _l("A use without an end goes to review after this long"), _l("hours"), 1, 72
        ),
        "acceptance_days": Setting(
            5, _l("Working days after which silence accepts the recorded hours"), _l("working days"), 1, 30
        ),
        "objection_days": Setting(
            5, _l("Working days in which an institution answers an objection"), _l("working days"), 1, 30
        ),
        "offer_days": Setting(
            5, _l("Working days after which an unanswered offer counts as taken"), _l("working days"), 1, 30
        ),
        "decision_days": Setting(
            5, _l("Working days in which the operator decides an objection"), _l("working days"), 1, 30
        ),
        "confirm_reminder_days": Setting(
            3, _l("Working days after which customers are reminded of hours to confirm"), _l("working days"), 1, 30
        ),
        "ending_warning_minutes": Setting(
            15, _l("How long before its booked end a running use is announced"), _l("minutes"), 1, 120
        ),
        "overrun_warning_minutes": Setting(
            30, _l("How long after its booked end a running use is announced as over time"), _l("minutes"), 1, 240
        ),
        "overrun_grace_minutes": Setting(
            5,
            _l("How long a use may run over before the next booking may be moved or cancelled free"),
            _l("minutes"),
            0,
            60,
        ),
        "offline_hours": Setting(24, _l("How old a press recorded offline may be"), _l("hours"), 1, 168),
        "yearly_hours": Setting(
            1600,
            _l("Hours of a year against which utilisation is measured"),
            _l("hours"),
            1,
            8784,
            source="科研设施与仪器开放共享评价考核",
        ),
        "large_instrument_minor": Setting(
            50_000_000,
            _l("Original value from which an instrument counts in the assessment"),
            _l("fen"),
            0,
            source="科研设施与仪器开放共享评价考核",
        ),
    },
)
