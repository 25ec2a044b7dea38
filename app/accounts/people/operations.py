"""Accounts of persons: sign-up with a code by mail, new passwords, the profile."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.events import PasswordChanged, SignUpBegun, UserRegistered
from app.accounts.models import Actor, OneTimeCode, OneTimeCodePurpose, SignUp, User
from app.accounts.one_time import Outcome, code_minutes, new_code, try_code
from app.accounts.passwords import check_password, hash_password
from app.accounts.people.queries import live_reset, user_by_email
from app.accounts.proofs import digest_of
from app.accounts.sessions.operations import end_sessions, note_attempt
from app.accounts.settings import settings
from app.accounts.throttle import take_turn
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid, TooMany, Unauthenticated
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token, uuid7
from app.core.wording import one_line
from app.notifications.links import absolute_link
from app.notifications.operations import queue_mail, render_mail

HOUR = timedelta(hours=1)
PAUSE_BETWEEN_SENDINGS = timedelta(seconds=60)


def start_sign_up(*, email: str, name: str, password: str, locale: str, address: str, came_for: str = "") -> SignUp:
    """Send a six-digit code to an address that wants an account; returns what waits for it.

    `came_for` is the path of this site at which the person goes on afterwards.

    An address that has an account gets a mail that says so, and nothing else differs. Raises Invalid for a weak
    password, TooMany for too many requests.
    """
    check_password(password, personal=(name, email))
    _take_turns("sign_up", email, address)
    present = now()
    started = SignUp(
        id=uuid7(),
        email=email,
        name=one_line(name),
        password_hash=hash_password(password),
        locale=locale,
        code_hash="",
        created_at=present,
        sendings=0,
        attempts=0,
        expires_at=present,
    )
    _send_code(started)
    session.add(started)
    session.flush()
    emit(SignUpBegun(started.id, came_for))
    return started


def resend_code(started: SignUp) -> None:
    """Send another code; the earlier one stops to work. Raises TooMany, or Conflict within a minute of the last."""
    session.refresh(started, with_for_update=True)  # pressed twice, the second code would be told to nobody
    if started.used_at is not None or started.sendings >= settings.number("code_sendings"):
        raise TooMany(_l("No more codes for this sign-up. Start again."))
    if now() - started.sent_at < PAUSE_BETWEEN_SENDINGS:
        raise Conflict(_l("The last code was sent less than a minute ago. Look into your mailbox, also for spam."))
    _send_code(started)
    session.flush()


def _send_code(started: SignUp) -> None:
    """Choose a new code and mail it; a known address gets a hint instead and the code is told to nobody."""
    minutes = code_minutes()
    started.sendings += 1
    code, sent_at = new_code(started, started.email)
    started.expires_at = sent_at + timedelta(minutes=minutes)
    known = user_by_email(started.email) is not None
    template = f"accounts/people/mail/{'known' if known else 'code'}.txt"
    subject, body = render_mail(
        template, started.locale, name=started.name, code=code, minutes=minutes,
        sign_in_url=absolute_link("sessions.new"), forgot_url=absolute_link("people.forgot"),
    )  # fmt: skip
    queue_mail(
        key=f"sign_up:{started.id}:{started.sendings}",
        recipient=started.email,
        locale=started.locale,
        subject=subject,
        body=body,
    )


def confirm_sign_up(sign_up_id: UUID, code: str) -> tuple[Outcome, User | None]:
    """Make an account when the code is right. Every try is counted, so nothing is raised for a wrong one."""
    started = session.scalars(
        select(SignUp).where(SignUp.id == sign_up_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if started is None or started.used_at or started.expires_at <= now():
        return Outcome.SPENT, None
    outcome = try_code(started, code, started.email)
    if outcome is not Outcome.DONE:
        return outcome, None
    started.used_at = now()
    if user_by_email(started.email) is not None:
        return Outcome.SPENT, None
    return Outcome.DONE, create_user(
        email=started.email, name=started.name, password_hash=started.password_hash, locale=started.locale
    )


def create_user(*, email: str, name: str, password_hash: str, locale: str | None) -> User:
    """Make a confirmed account. Raises Conflict when the address has one already."""
    present = now()
    user = User(
        email=email,
        name=name,
        password_hash=password_hash,
        locale=locale,
        email_confirmed_at=present,
        password_changed_at=present,
        created_at=present,
    )
    with guard({"users_email_key": Conflict(_l("There is an account with this address."), field="email")}):
        session.add(user)
    record(Actor(user=user), "user.register", user)
    emit(UserRegistered(user.id))
    return user


def request_password_reset(*, email: str, address: str, locale: str) -> None:
    """Mail a link for choosing a new password, if there is such an account; the caller cannot tell.

    Raises TooMany for too many requests, counted alike for unknown addresses.
    """
    _take_turns("reset", email, address)
    user = user_by_email(email)
    if user is None or not user.is_active or not user.is_confirmed:
        return
    token, minutes, present = secret_token(), settings.number("reset_minutes"), now()
    sent = OneTimeCode(
        purpose=OneTimeCodePurpose.RESET_PASSWORD,
        user_id=user.id,
        code_hash=digest_of(token),
        created_at=present,
        expires_at=present + timedelta(minutes=minutes),
    )
    session.add(sent)
    session.flush()
    record(Actor(user=user), "password.reset_requested", user)
    language = user.locale or locale
    subject, body = render_mail(
        "accounts/people/mail/reset.txt", language, name=user.name, minutes=minutes,
        url=absolute_link("people.reset", token=token),
    )  # fmt: skip
    queue_mail(key=f"reset:{sent.id}", recipient=user.email, locale=language, subject=subject, body=body)


def reset_password(token: str, password: str, *, address: str) -> User:
    """Set a new password by the link that was mailed; all sessions end. Raises Invalid for a spent link."""
    sent = live_reset(token, lock=True)
    if sent is None:
        raise Invalid(_l("This link was used or is too old. Ask for a new one."), code="link_spent")
    user = session.get_one(User, sent.user_id)
    _set_password(Actor(user=user), user, password)
    session.execute(
        update(OneTimeCode).where(OneTimeCode.user_id == user.id, OneTimeCode.used_at.is_(None)).values(used_at=now())
    )
    end_sessions(Actor(user=user), user.id)
    note_attempt(user.email, address, succeeded=True)
    return user


def change_password(actor: Actor, password: str, *, keep: UUID) -> None:
    """Replace the actor's own password (the old one was just checked); every session but `keep` ends."""
    if actor.user_id is None:
        raise Unauthenticated(_l("Sign in first."))
    _set_password(actor, session.get_one(User, actor.user_id), password)
    end_sessions(actor, actor.user_id, besides=keep)


def _set_password(actor: Actor, user: User, password: str) -> None:
    check_password(password, personal=(user.name, user.email))
    user.password_hash = hash_password(password)
    user.password_changed_at = now()
    session.flush()
    record(actor, "password.change", user)
    emit(PasswordChanged(user.id, uuid7()))


def change_profile(actor: Actor, *, name: str, phone: str, locale: str | None) -> User:
    """Change how a person is called and reached. Personal data stays out of the audit log; the fields are named."""
    if actor.user_id is None:
        raise Unauthenticated(_l("Sign in first."))
    user = session.get_one(User, actor.user_id)
    wanted = {"name": one_line(name), "phone": phone.strip(), "locale": locale}
    changed = [field for field, value in wanted.items() if getattr(user, field) != value]
    for field in changed:
        setattr(user, field, wanted[field])
    if changed:
        session.flush()
        record(actor, "user.change", user, {"fields": changed})
    return user


def _take_turns(what: str, email: str, address: str) -> None:
    """Count a request by the mailbox it would write to and by where it comes from."""
    take_turn(f"{what}:from:{address}", settings.number("requests_per_network_address"), HOUR)
    take_turn(f"mail:{email.strip().lower()}", settings.number("mails_per_address"), HOUR)
