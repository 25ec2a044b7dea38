"""`flask accounts …`: tokens, the first operator, and help for people who are locked out."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from app.accounts.codes import normal_code
from app.accounts.members.queries import membership_of
from app.accounts.models import SYSTEM, Actor, Membership, Organisation, OrganisationKind, Role, User, Verification
from app.accounts.organisations.operations import found_organisation
from app.accounts.organisations.queries import organisation_by_code
from app.accounts.passwords import check_password, hash_password
from app.accounts.people.operations import create_user
from app.accounts.people.queries import user_by_email
from app.accounts.sessions.operations import end_sessions, usual_organisation_id
from app.accounts.tokens.operations import create_token
from app.core.audit import record
from app.core.clock import now
from app.core.db import session, unit_of_work
from app.core.errors import DomainError
from app.core.i18n import force_locale

group = AppGroup("accounts", help="People, organisations and tokens.")

OPERATOR_ROLES = (Role.OWNER, Role.VERIFIER, Role.SETTLEMENT, Role.AUDITOR)


@contextmanager
def _refusals() -> Iterator[None]:
    """What a rule refuses is told as the rest of these commands is: in English, without a trace."""
    with force_locale("en"):
        try:
            yield
        except DomainError as refusal:
            raise click.ClickException(str(refusal)) from None


def _person(email: str) -> User:
    user = user_by_email(email)
    if user is None:
        raise click.ClickException(f"nobody has the address {email}")
    return user


def _organisation(user: User, code: str | None) -> Organisation | None:
    """The one with the code, else the one the person acted for last."""
    if code is None:
        usual = usual_organisation_id(user)
        return session.get(Organisation, usual) if usual else None
    found = organisation_by_code(normal_code(code))
    if found is None:
        raise click.ClickException(f"no organisation has the code {code}")
    return found


@group.command("token")
@click.argument("email")
@click.option("--organisation", "code", help="Credit code of the organisation to act for.")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option("--days", type=int, help="Validity; the setting accounts.token_days is the limit.")
def token_command(email: str, code: str | None, name: str, days: int | None) -> None:
    """Print a new API token, alone on the last line."""
    with _refusals(), unit_of_work():
        user = _person(email)
        organisation = _organisation(user, code)
        secret, made = create_token(Actor(user=user), organisation, name=name, days=days)
        expires_at = made.expires_at
        acting = organisation.name if organisation else "no organisation"
    click.echo(f"Token of {email} for {acting}, valid until {expires_at:%Y-%m-%d}. It is shown only once:", err=True)
    click.echo(secret)


@group.command("create-operator")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--organisation", "code", required=True, help="Credit code of the agency that runs the platform.")
@click.option("--organisation-name", help="Its registered name, when it is not registered yet.")
@click.option("--password", envvar="OPERATOR_PASSWORD", help="Made up and printed when left out.")
def create_operator_command(
    email: str, name: str, code: str, organisation_name: str | None, password: str | None
) -> None:
    """Make the operator's organisation if need be, and a person in all its roles."""
    chosen = password or secrets.token_urlsafe(15)
    with _refusals(), unit_of_work():
        check_password(chosen, personal=(name, email))
        user = user_by_email(email) or create_user(
            email=email, name=name, password_hash=hash_password(chosen), locale=None
        )
        _join_operator(user, code, organisation_name)
    click.echo(f"{email} works for the operator now.")
    if password is None:
        click.echo("The password of a new account, shown only once:", err=True)
        click.echo(chosen)


def _join_operator(user: User, code: str, organisation_name: str | None) -> None:
    organisation = organisation_by_code(normal_code(code))
    if organisation is None:
        if not organisation_name:
            raise click.ClickException("the organisation is not registered: give its --organisation-name")
        organisation = found_organisation(
            SYSTEM, user.id, code=code, name=organisation_name, kind=OrganisationKind.OPERATOR, roles=OPERATOR_ROLES
        )
        organisation.verification, organisation.verified_at = Verification.VERIFIED, now()
        return
    if organisation.kind is not OrganisationKind.OPERATOR:
        raise click.ClickException(f"{organisation.name} is not the operator")
    membership = membership_of(user.id, organisation.id)
    if membership is None:
        membership = Membership(user_id=user.id, organisation_id=organisation.id, created_at=now())
        session.add(membership)
    membership.roles, membership.requested_at = [role.value for role in OPERATOR_ROLES], None
    session.flush()
    record(SYSTEM, "member.join", membership, {"roles": [[], membership.roles]})


@group.command("disable")
@click.argument("email")
def disable_command(email: str) -> None:
    """Close an account: its sessions end, its tokens and password no longer work."""
    with unit_of_work():
        user = _person(email)
        user.disabled_at = now()
        session.flush()
        end_sessions(SYSTEM, user.id)
        record(SYSTEM, "user.disable", user)
    click.echo(f"{email} is closed.")


@group.command("enable")
@click.argument("email")
def enable_command(email: str) -> None:
    """Open a closed account again."""
    with unit_of_work():
        user = _person(email)
        user.disabled_at = None
        session.flush()
        record(SYSTEM, "user.enable", user)
    click.echo(f"{email} is open.")
