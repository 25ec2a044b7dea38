"""The licence of an organisation: attached by its owners, read by them and by the operator who verifies."""

from collections.abc import Collection, Sequence
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.events import OrganisationRegistered
from app.accounts.models import Actor, Organisation, Verification
from app.accounts.policy import OrganisationPolicy
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ActorLike, ensure
from app.files.models import StoredFile
from app.files.operations import remove_file, store_file
from app.files.policy import register_subject
from app.files.queries import files_of

SUBJECT = "organisation_licence"
MOST_FILES = 5


def licences_of(organisation_id: UUID) -> Sequence[StoredFile]:
    """The files of an organisation's licence, oldest first. The caller has asked whether the actor may see them."""
    return files_of(SUBJECT, organisation_id)


def licence_counts(organisation_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many files each organisation has attached, for those that have any."""
    rows = session.execute(
        select(StoredFile.subject_id, func.count())
        .where(StoredFile.subject_kind == SUBJECT, StoredFile.subject_id.in_(organisation_ids))
        .group_by(StoredFile.subject_id)
    )
    return {identity: count for identity, count in rows if identity is not None}


def attach_licence(actor: Actor, organisation: Organisation, name: str, content: bytes | BinaryIO) -> StoredFile:
    """Keep a file (PDF, JPEG or PNG by content, at most 10 MB) for the verifier; an asked organisation waits again.

    Owners only. Raises Invalid (field `file`) for another kind, damage, size or number, Conflict once verified.
    """
    ensure(actor, OrganisationPolicy.edit, organisation, known_to=OrganisationPolicy.view)
    _refuse_verified(organisation)
    if len(licences_of(organisation.id)) >= MOST_FILES:
        raise Invalid(_l("At most %(most)s files. Remove one first.", most=MOST_FILES), code="too_many", field="file")
    stored = store_file(actor, name, content, subject_kind=SUBJECT, subject_id=organisation.id)
    if organisation.verification in {Verification.ASKED, Verification.REFUSED}:
        organisation.verification = Verification.WAITING
        session.flush()
        emit(OrganisationRegistered(organisation.id, actor.user_id or organisation.id))
    return stored


def remove_licence(actor: Actor, organisation: Organisation, stored: StoredFile) -> None:
    """Forget a file that was attached by mistake. Raises Conflict once the organisation is verified by it."""
    ensure(actor, OrganisationPolicy.edit, organisation, known_to=OrganisationPolicy.view)
    _refuse_verified(organisation)
    remove_file(actor, stored)


def register_licences() -> None:
    """Let members and the operator read the files of a licence, and nobody else."""
    register_subject(SUBJECT, _may_read)


def _may_read(actor: ActorLike, organisation_id: UUID | None) -> bool:
    return isinstance(actor, Actor) and (actor.acts_for(organisation_id) or actor.operates())


def _refuse_verified(organisation: Organisation) -> None:
    if organisation.is_verified:
        raise Conflict(_l("This organisation is verified; its licence stays as it is."), code="decided", field="file")
