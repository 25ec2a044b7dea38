"""People and organisations for tests: plain typed functions, every value overridable."""

import itertools
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from stdnum.cn import uscc

from app.accounts.models import (
    ROLES_BY_KIND,
    Actor,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
    User,
    Verification,
    actor_from,
)
from app.accounts.passwords import hash_password
from app.accounts.sessions.operations import open_session
from app.core.clock import now
from app.core.db import session

_serial = itertools.count(1)


def organisation_code(serial: int) -> str:
    """A code with a right check character; the register knows none of them."""
    digits = f"{serial:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    base = f"91220101{digits}" + {10: "X", 11: "0"}.get(check, str(check))
    return base + str(uscc.calc_check_digit(base + "0"))


def make_user(**overrides: Any) -> User:
    """A person whose address is confirmed."""
    number = next(_serial)
    values = {
        "email": f"person{number}@test.example",
        "name": f"Person {number}",
        "password_hash": "!",
        "email_confirmed_at": now(),
    }
    user = User(**{**values, **overrides})
    session.add(user)
    session.flush()
    return user


def make_organisation(kind: OrganisationKind = OrganisationKind.ENTERPRISE, **overrides: Any) -> Organisation:
    """A verified organisation."""
    number = next(_serial)
    values = {
        "code": organisation_code(number),
        "name": f"测试单位{number}",
        "kind": kind,
        "region": "220100",
        "verification": Verification.VERIFIED,
        "verified_at": now(),
    }
    organisation = Organisation(**{**values, **overrides})
    session.add(organisation)
    session.flush()
    return organisation


def make_actor(
    organisation: Organisation | None = None, *roles: Role, user: User | None = None, **overrides: Any
) -> Actor:
    """A member of an organisation (a new enterprise by default) with roles (owner by default)."""
    organisation = organisation or make_organisation(**overrides)
    user = user or make_user()
    membership = Membership(user=user, organisation=organisation, roles=[role.value for role in roles or (Role.OWNER,)])
    session.add(membership)
    session.flush()
    return actor_from(membership, user)


def make_operator(*roles: Role) -> Actor:
    """Somebody of the platform operator, with all of its roles by default."""
    return make_actor(
        make_organisation(OrganisationKind.OPERATOR), *(roles or ROLES_BY_KIND[OrganisationKind.OPERATOR])
    )


PASSWORD = "pine-stall-calendar-77"


def make_person(password: str = PASSWORD, **overrides: Any) -> User:
    """Somebody who can sign in with a password."""
    return make_user(password_hash=hash_password(password), **overrides)


def sign_in(client: FlaskClient, actor: Actor) -> None:
    """Let a browser act as somebody, without the sign-in page: a session row and its cookie."""
    assert actor.user is not None
    token, opened = open_session(actor.user, user_agent="Test", address="127.0.0.1")
    opened.organisation_id = actor.organisation_id
    session.flush()
    session.commit()
    keep_signed_in(client, token)


def keep_signed_in(client: FlaskClient, token: str) -> None:
    """Give a browser the cookie of somebody's session, beside what it remembers already."""
    name = client.application.config["SESSION_COOKIE_NAME"]
    if client.get_cookie(name) is None:
        client.set_cookie(name, signed(client.application, signed_in(token)))
        return
    with client.session_transaction() as cookie:
        cookie.update(signed_in(token))


def signed_in(token: str) -> dict[str, Any]:
    """What the cookie of a browser says when somebody has signed in."""
    return {"_user_id": token, "_fresh": True}


def signed(application: Flask, content: dict[str, Any]) -> str:
    """A cookie of the site: `session_transaction` would make up two requests for it."""
    signer = SecureCookieSessionInterface().get_signing_serializer(application)
    assert signer is not None
    return str(signer.dumps(content))
