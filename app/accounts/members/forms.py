"""Inviting people and giving them roles."""

from typing import Any

from wtforms import EmailField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Email, InputRequired

from app.accounts.limits import at_most, stripped
from app.accounts.models import ROLES_BY_KIND, OrganisationKind, Role
from app.accounts.words import ROLE_NAMES
from app.core.forms import CheckboxesField, Form
from app.core.i18n import lazy_gettext as _l


class RolesField(CheckboxesField):
    """Ticks for the roles that a kind of organisation has."""

    def pre_validate(self, form: Any) -> None:
        """The operation says which roles fit; a made-up one is simply not chosen."""

    @property
    def chosen(self) -> list[Role]:
        known = {role.value for role in Role}
        return [Role(value) for value in self.data or () if value in known]


class RolesForm(Form):
    """Which roles somebody has."""

    roles = RolesField(_l("Roles"))

    def __init__(self, kind: OrganisationKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles.choices = [SelectChoice(role.value, ROLE_NAMES[role]) for role in ROLES_BY_KIND[kind]]


class InvitationForm(RolesForm):
    """Whom to invite, in which roles."""

    email = EmailField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter the address of the person.")),
            at_most(254),
            Email(_l("This is no e-mail address. One looks like li.hua@example.com.")),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
