"""What belongs to no slice: who the caller is."""

from typing import Any

from marshmallow import fields

from app.accounts.identity import current_actor, login_required
from app.core.api import Blueprint, Schema

bp = Blueprint("me_api", __name__, url_prefix="/api/v1", description="The caller")


class OrganisationSchema(Schema):
    """An organisation, briefly."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    verified = fields.Boolean(required=True)


class MeSchema(Schema):
    """The person behind the token and the organisation acted for."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    locale = fields.String(required=True, allow_none=True)
    organisation = fields.Nested(OrganisationSchema, required=True, allow_none=True)
    roles = fields.List(fields.String(), required=True)


@bp.route("/me", methods=["GET"])
@login_required
@bp.response(200, MeSchema)
@bp.problems(401)
def me() -> dict[str, Any]:
    """The person behind the token, the organisation acted for, and the roles there."""
    actor = current_actor()
    user, organisation = actor.user, actor.organisation
    assert user is not None  # noqa: S101 login_required
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "locale": user.locale,
        "organisation": organisation
        and {
            "id": organisation.id,
            "code": organisation.code,
            "name": organisation.name,
            "kind": organisation.kind.value,
            "verified": organisation.is_verified,
        },
        "roles": sorted(role.value for role in actor.roles),
    }
