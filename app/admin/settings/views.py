"""The settings page: what each parameter means, where its rule comes from, what it is now."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor
from app.accounts.policy import OperatorPolicy
from app.admin.access import operators
from app.admin.settings.forms import form_for
from app.core.errors import Missing
from app.core.i18n import gettext as _
from app.core.settings import Settings
from app.core.templating import render

bp = Blueprint("admin_settings", __name__, url_prefix="/admin/settings", template_folder="../templates")


@bp.get("")
@operators(OperatorPolicy.see_settings)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is admin_settings.list
    """Every setting of every module."""
    return render(
        "admin/settings/list.html",
        modules=sorted(Settings.registry.values(), key=lambda each: each.module),
        may_change=OperatorPolicy.settings(current_actor(), None),
    )


@bp.route("/<module>/<name>", methods=["GET", "POST"])
@operators(OperatorPolicy.settings)
def edit(module: str, name: str) -> ResponseReturnValue:
    """Change one setting from now on; what is agreed already keeps its terms."""
    group = Settings.registry.get(module)
    if group is None or name not in group.declared:
        raise Missing(_("There is nothing here, or it is not yours to see."))
    setting = group.declared[name]
    form = form_for(setting, group[name])
    if form is None:
        raise Missing(_("There is nothing here, or it is not yours to see."))
    if form.validate_on_submit():
        with form.attempt():
            group.change(current_actor(), name, form["value"].data)
        for fault in form.form_errors:
            form.blame("value", str(fault))
        form.form_errors = []
        if form.ok:
            flash(_("The setting is changed and holds from now on."), "ok")
            return redirect(url_for(".list"))
    page = render("admin/settings/edit.html", form=form, group=group, name=name, setting=setting)
    return page, 422 if form.faults else 200
