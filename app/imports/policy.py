"""Who may look at and use an upload: whoever may do so with the things that it lists."""

from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.core.policy import Rule
from app.imports.kinds import ImportKind
from app.imports.models import ImportDraft


def view_draft(kind: ImportKind) -> Rule:
    """Sees the things of the organisation that a draft of this kind is for."""
    return _on_owner(kind, kind.view)


def use_draft(kind: ImportKind) -> Rule:
    """Imports for the organisation that a draft of this kind is for."""
    return _on_owner(kind, kind.import_)


def _on_owner(kind: ImportKind, permission: Rule) -> Rule:
    def may(actor: Actor, draft: ImportDraft) -> bool:
        return draft.kind == kind.code and permission(actor, draft.organisation)

    return Rule(may, needs=permission.needs, options=(joinedload(ImportDraft.organisation),))
