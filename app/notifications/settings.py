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
    },
)
