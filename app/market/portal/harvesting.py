"""What harvesters get: records of declarations, live and deleted, page by page in the order of their datestamps."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.orm import contains_eager, defer

from app.accounts.models import Organisation
from app.core.db import session
from app.core.tenancy import everybody
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import Patent
from app.market.portal.facts import products_of, status_name
from app.market.portal.models import Publication, PublicStatus
from app.market.portal.oai import PAGE_SIZE, Harvest, element, stamp

NAMESPACE = "urn:jishi:open-licence:1"
RIGHTS = {
    "announced": (
        "已公告：任何单位和个人发书面通知并按公告付费即取得许可（专利法第五十一条）。",
        "Announced by CNIPA: anybody takes a licence by notice and payment (Patent Law, art. 51).",
    ),
    "pilot": ("试点：未公告，不能凭通知和付款取得。", "Pilot: not announced, cannot be taken by notice and payment."),
}


def _records() -> Any:
    statement: Any = (
        select(Publication, OpenLicence, Patent)
        .join(OpenLicence, OpenLicence.id == Publication.open_licence_id)
        .join(Patent, Patent.id == Publication.patent_id)
        .join(Organisation, Organisation.id == Patent.owner_id)
        .options(contains_eager(Patent.owner), defer(OpenLicence.terms_text), defer(OpenLicence.basis_note))
    )
    return statement


def page_of_records(harvest: Harvest) -> Sequence[Row[Any]]:
    """Up to one record more than a page, behind the last one handed out."""
    statement = _records().where(Publication.changed_at <= harvest.until)
    if harvest.since is not None:
        statement = statement.where(Publication.changed_at >= harvest.since)
    if harvest.status:
        statement = statement.where(Publication.was_announced.is_(harvest.status == "announced"))
    if harvest.owner:
        statement = statement.where(Organisation.code == harvest.owner)
    place = tuple_(Publication.changed_at, Publication.open_licence_id)
    if harvest.after is not None:
        statement = statement.where(place > tuple_(*harvest.after))
    with everybody():  # a patent that is no longer published is still a deleted record
        return session.execute(
            statement.order_by(Publication.changed_at, Publication.open_licence_id).limit(PAGE_SIZE + 1)
        ).all()


def record_by_id(open_licence_id: UUID) -> Row[Any] | None:
    """One record."""
    with everybody():
        return session.execute(_records().where(Publication.open_licence_id == open_licence_id)).one_or_none()


def earliest() -> datetime | None:
    """The first datestamp."""
    return session.scalar(select(func.min(Publication.changed_at)))


def owners() -> list[tuple[str, str]]:
    """The organisations whose declarations are or were public: a set each."""
    with everybody():
        found = session.execute(
            select(Organisation.code, Organisation.name)
            .join(Patent, Patent.owner_id == Organisation.id)
            .join(Publication, Publication.patent_id == Patent.id)
            .distinct()
            .order_by(Organisation.code)
        )
        return [(row.code, row.name) for row in found]


def header(row: Row[Any], repository: str) -> str:
    """The header of a record: identifier, datestamp, sets, and whether it is deleted."""
    publication, patent = row.Publication, row.Patent
    deleted = ' status="deleted"' if publication.status is PublicStatus.ENDED else ""
    status = "announced" if publication.was_announced else "pilot"
    return (
        f"<header{deleted}><identifier>{identifier(publication.open_licence_id, repository)}</identifier>"
        f"<datestamp>{stamp(publication.changed_at)}</datestamp>"
        f"<setSpec>status-{status}</setSpec>{element('setSpec', f'owner-{patent.owner.code}')}</header>"
    )


def identifier(open_licence_id: UUID, repository: str) -> str:
    """``oai:jishi.example:open-licence/<id>``."""
    return f"oai:{repository}:open-licence/{open_licence_id}"


def record(row: Row[Any], prefix: str, repository: str, public_url: str) -> str:
    """A record; a deleted one has its header only."""
    head = header(row, repository)
    if row.Publication.status is PublicStatus.ENDED:
        return f"<record>{head}</record>"
    written = (dublin_core if prefix == "oai_dc" else own_format)(row.OpenLicence, row.Patent, public_url)
    return f"<record>{head}<metadata>{''.join(written)}</metadata></record>"


def page_url(patent: Patent, public_url: str) -> str:
    """The page of a patent for people."""
    return f"{public_url}/patents/{patent.id}"


def dublin_core(open_licence: OpenLicence, patent: Patent, public_url: str) -> Iterator[str]:
    """A declaration in the fifteen elements; `rights` says whether it can be taken."""
    status = status_name(open_licence)
    yield (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ '
        'http://www.openarchives.org/OAI/2.0/oai_dc.xsd">'
    )
    yield element("dc:title", patent.title, xml_lang="zh")
    yield element("dc:title", patent.title_en, xml_lang="en")
    yield element("dc:creator", patent.owner.name)
    yield from (element("dc:subject", subject) for subject in (*products_of(patent), *patent.ipc))
    yield element("dc:description", patent.use_text, xml_lang="zh")
    yield element("dc:date", open_licence.announced_on)
    yield element("dc:type", status)
    yield element("dc:identifier", page_url(patent, public_url))
    yield element("dc:identifier", patent.shown_number)
    yield element("dc:rights", RIGHTS[status][0], xml_lang="zh")
    yield element("dc:rights", RIGHTS[status][1], xml_lang="en")
    yield "</oai_dc:dc>"


def own_format(open_licence: OpenLicence, patent: Patent, public_url: str) -> Iterator[str]:
    """A declaration as /oai/jishi.xsd describes it: amounts in fen, rates in basis points."""
    status = status_name(open_licence)
    yield (
        f'<openLicence xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} {public_url}/oai/jishi.xsd" status="{status}" '
        f'canBeTaken="{"true" if open_licence.is_open else "false"}">'
    )
    yield element("number", open_licence.number)
    yield element("patentNumber", patent.shown_number)
    yield element("kind", patent.kind.value)
    yield element("title", patent.title)
    yield element("titleEn", patent.title_en)
    yield element("use", patent.use_text)
    yield from (element("product", product) for product in products_of(patent))
    yield from (element("ipc", symbol) for symbol in patent.ipc)
    yield element("ownerCode", patent.owner.code)
    yield element("ownerName", patent.owner.name)
    yield element("priceForm", open_licence.price_form.value)
    yield element("currency", open_licence.currency)
    yield element("dueNow", open_licence.due_now_minor)
    yield element("rate", open_licence.rate)
    yield element("royaltyBase", open_licence.royalty_base.value if open_licence.royalty_base else "")
    yield element("announcementNo", open_licence.announcement_no)
    yield element("announcedOn", open_licence.announced_on)
    yield element("expiresOn", patent.expires_on)
    yield element("url", page_url(patent, public_url))
    yield "</openLicence>"


def resumption(harvest: Harvest, rows: Sequence[Row[Any]]) -> str:
    """The token behind a page; an empty one ends a list that came in several pages; nothing for a short list."""
    if len(rows) > PAGE_SIZE:
        last = rows[PAGE_SIZE - 1].Publication
        token = harvest.token((last.changed_at, last.open_licence_id), PAGE_SIZE)
        return f'<resumptionToken cursor="{harvest.cursor}">{token}</resumptionToken>'
    return f'<resumptionToken cursor="{harvest.cursor}"/>' if harvest.after is not None else ""
