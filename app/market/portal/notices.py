"""Who is told about interest in a patent: the patentee's transfer office, in the application and by mail."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.members.queries import people_in
from app.accounts.models import Role
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.market.patents.words import titles_of
from app.market.portal.models import Interest
from app.notifications.kinds import register_kind, register_topic
from app.notifications.links import absolute_link, path_to
from app.notifications.operations import notify
from app.notifications.telling import mail_to

register_topic("patents", _l("Patents and licences"))
register_kind(
    "patent_interest",
    sentence=_l("%(organisation)s would like to use %(patent)s"),
    icon="message-square",
    topic="patents",
)


def tell_of_interest(interest_id: UUID) -> None:
    """A notice and a mail to owners and transfer officers, once for what an organisation has written."""
    interest = session.scalars(
        select(Interest)
        .options(joinedload(Interest.patent), joinedload(Interest.organisation), joinedload(Interest.user))
        .where(Interest.id == interest_id)
    ).one()
    key = f"patent_interest:{interest.id}:{interest.changed_at.isoformat()}"
    words = {"organisation": interest.organisation.name, "patent": titles_of(interest.patent)}
    for person in people_in(interest.owner_id, Role.OWNER, Role.TRANSFER):
        notify(person.id, interest.owner_id, "patent_interest", key, words, path_to("portal.interests"))
        mail_to(
            person,
            key,
            "market/portal/mail/interest.txt",
            person=person,
            interest=interest,
            url=absolute_link("portal.interests"),
        )
