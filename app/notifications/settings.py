"""Run-time settings of notifications."""

from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting, Settings

settings = Settings(
    "notifications",
    {
        "mail_kept_days": Setting(
            30,
            _l("How long the text of a mail is kept after it was sent"),
            unit=_l("days"),
            low=1,
            high=365,
            source="个人信息保护法第十九条",
        ),
        "texts_kept_days": Setting(
            3,
            _l("How long number and text of a text message are kept"),
            unit=_l("days"),
            low=1,
            high=30,
            source="个人信息保护法第十九条",
        ),
        "texts_per_number": Setting(
            5, _l("Text messages that one number may be sent in an hour"), _l("messages"), 1, 50
        ),
        "texts_per_hour": Setting(
            300, _l("Text messages that may be sent to all numbers in an hour"), _l("messages"), 1, 100_000
        ),
    },
)
