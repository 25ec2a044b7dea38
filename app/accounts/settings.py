"""Run-time parameters of accounts."""

from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting, Settings

settings = Settings(
    "accounts",
    {
        "failed_sign_ins": Setting(
            5, _l("Failed sign-ins after which an account is locked"), _l("tries"), 3, 20, "GB/T 22239-2019 8.1.4.1 b"
        ),
        "lock_minutes": Setting(
            15, _l("Length of the lock after failed sign-ins"), _l("minutes"), 5, 1440, "GB/T 22239-2019 8.1.4.1 b"
        ),
        "failed_sign_ins_per_address": Setting(
            50, _l("Failed sign-ins from one network address before it is locked"), _l("tries"), 5, 1000
        ),
        "idle_minutes": Setting(
            30, _l("Idle time after which a person is signed out"), _l("minutes"), 5, 720, "OWASP ASVS 5.0 V7.3.1"
        ),
        "session_hours": Setting(
            12, _l("Longest time a person stays signed in"), _l("hours"), 1, 72, "OWASP ASVS 5.0 V7.3.2"
        ),
        "code_minutes": Setting(15, _l("Validity of a six-digit code"), _l("minutes"), 5, 60),
        "code_tries": Setting(5, _l("Tries for one six-digit code"), _l("tries"), 3, 10),
        "code_sendings": Setting(4, _l("How often a six-digit code is sent for one sign-up"), _l("mails"), 1, 10),
        "reset_minutes": Setting(30, _l("Validity of a link to a new password"), _l("minutes"), 10, 1440),
        "mails_per_address": Setting(
            5, _l("Codes and links that one e-mail address may be sent in an hour"), _l("mails"), 1, 50
        ),
        "requests_per_network_address": Setting(
            30, _l("Sign-ups and password resets from one network address in an hour"), _l("requests"), 1, 1000
        ),
        "invitation_days": Setting(14, _l("Validity of an invitation"), _l("days"), 1, 90),
        "join_requests_per_day": Setting(
            5, _l("Requests to join an organisation by one person in a day"), _l("requests"), 1, 50
        ),
        "password_days": Setting(
            90, _l("Age at which a password must be changed (profile mlps3)"), _l("days"), 30, 365,
            "GB/T 22239-2019 8.1.4.1 a",
        ),
        "token_days": Setting(365, _l("Longest validity of an API token"), _l("days"), 1, 1825),
    },
)  # fmt: skip
