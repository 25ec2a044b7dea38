"""OAI-PMH 2.0 at ``/oai``, the schema of our own format, and the feeds for readers and programs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.core.clock import now
from app.market.portal.harvesting import (
    NAMESPACE,
    earliest,
    header,
    identifier,
    owners,
    page_of_records,
    record,
    record_by_id,
    resumption,
)
from app.market.portal.oai import (
    PAGE_SIZE,
    STATUS_SETS,
    ProtocolError,
    check_arguments,
    check_prefix,
    document,
    element,
    error,
    read_harvest,
    stamp,
)

bp = Blueprint("oai", __name__)
XML = "text/xml; charset=utf-8"
SET_NAMES = {
    "status-announced": "已公告 Announced: can be taken by notice and payment",
    "status-pilot": "试点 Pilot: not announced, interest only",
}
FORMATS = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    "jishi": ("/oai/jishi.xsd", NAMESPACE),
}
Arguments = Mapping[str, str]


def public_url() -> str:
    """The address of this installation."""
    return str(current_app.config["JISHI"].public_url)


def repository() -> str:
    """Its host without a port: the name space of identifiers."""
    return public_url().split("://", 1)[-1].split("/")[0].split(":")[0]


@bp.route("/oai", methods=["GET", "POST"])
def answer() -> ResponseReturnValue:
    """Any request of the protocol. Faults of the protocol are answered by 200 with an error element."""
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    asked: dict[str, str] = {}
    try:
        verb, arguments = check_arguments(pairs)
        asked = {"verb": verb, **arguments}
        body = "".join(VERBS[verb](arguments))
    except ProtocolError as fault:
        if fault.code in {"badVerb", "badArgument"}:
            asked = {}
        body = error(fault)
    return Response(document(f"{public_url()}/oai", asked, now(), [body]), content_type=XML)


@bp.get("/oai/jishi.xsd")
def schema() -> ResponseReturnValue:
    """What the records in our own format look like."""
    return Response(SCHEMA, content_type=XML)


def _identify(_arguments: Arguments) -> Iterator[str]:
    yield "<Identify><repositoryName>技市 Jishi: open patent licences</repositoryName>"
    yield element("baseURL", f"{public_url()}/oai")
    yield "<protocolVersion>2.0</protocolVersion>"
    yield element("adminEmail", f"oai@{repository()}")
    yield element("earliestDatestamp", stamp(earliest() or now()))
    yield "<deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"


def _formats(arguments: Arguments) -> Iterator[str]:
    if "identifier" in arguments:
        _known(arguments["identifier"])
    yield "<ListMetadataFormats>"
    for prefix, (location, namespace) in FORMATS.items():
        address = location if location.startswith("http") else public_url() + location
        yield (
            f"<metadataFormat>{element('metadataPrefix', prefix)}{element('schema', address)}"
            f"{element('metadataNamespace', namespace)}</metadataFormat>"
        )
    yield "</ListMetadataFormats>"


def _sets(arguments: Arguments) -> Iterator[str]:
    if "resumptionToken" in arguments:
        raise ProtocolError("badResumptionToken", "The list of sets comes whole.")
    yield "<ListSets>"
    for name in STATUS_SETS:
        yield f"<set>{element('setSpec', name)}{element('setName', SET_NAMES[name])}</set>"
    for code, name in owners():
        yield f"<set>{element('setSpec', f'owner-{code}')}{element('setName', name)}</set>"
    yield "</ListSets>"


def _list_identifiers(arguments: Arguments) -> Iterator[str]:
    yield from _list(arguments, "ListIdentifiers")


def _list_records(arguments: Arguments) -> Iterator[str]:
    yield from _list(arguments, "ListRecords")


def _list(arguments: Arguments, verb: str) -> Iterator[str]:
    harvest = read_harvest(arguments, now())
    rows = page_of_records(harvest)
    if not rows and harvest.after is None:
        raise ProtocolError("noRecordsMatch", "No record matches.")
    host, address = repository(), public_url()
    yield f"<{verb}>"
    for row in rows[:PAGE_SIZE]:
        yield header(row, host) if verb == "ListIdentifiers" else record(row, harvest.prefix, host, address)
    yield resumption(harvest, rows)
    yield f"</{verb}>"


def _get_record(arguments: Arguments) -> Iterator[str]:
    check_prefix(arguments["metadataPrefix"])
    row = _known(arguments["identifier"])
    yield f"<GetRecord>{record(row, arguments['metadataPrefix'], repository(), public_url())}</GetRecord>"


def _known(name: str) -> Row[Any]:
    """The record that an identifier of ours names. Raises ProtocolError idDoesNotExist for any other."""
    try:
        found = UUID(name.rpartition("/")[2])
    except ValueError:
        found = None
    row = record_by_id(found) if found is not None and name == identifier(found, repository()) else None
    if row is None:
        raise ProtocolError("idDoesNotExist", "There is no such record.")
    return row


VERBS: Mapping[str, Callable[[Arguments], Iterator[str]]] = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "ListIdentifiers": _list_identifiers,
    "ListRecords": _list_records,
    "GetRecord": _get_record,
}

_ELEMENTS = (
    ("number", "string", 1, 1), ("patentNumber", "string", 1, 1), ("kind", "string", 1, 1), ("title", "string", 1, 1),
    ("titleEn", "string", 0, 1), ("use", "string", 0, 1), ("product", "string", 0, 0), ("ipc", "string", 0, 0),
    ("ownerCode", "string", 1, 1), ("ownerName", "string", 1, 1), ("priceForm", "string", 1, 1),
    ("currency", "string", 1, 1), ("dueNow", "nonNegativeInteger", 1, 1), ("rate", "nonNegativeInteger", 1, 1),
    ("royaltyBase", "string", 0, 1), ("announcementNo", "string", 0, 1), ("announcedOn", "date", 0, 1),
    ("expiresOn", "date", 1, 1), ("url", "anyURI", 1, 1),
)  # fmt: skip
SCHEMA = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}" '
    f'xmlns="{NAMESPACE}" elementFormDefault="qualified"><xs:element name="openLicence"><xs:complexType><xs:sequence>'
    + "".join(
        f'<xs:element name="{name}" type="xs:{kind}" minOccurs="{least}" maxOccurs="{most or "unbounded"}"/>'
        for name, kind, least, most in _ELEMENTS
    )
    + '</xs:sequence><xs:attribute name="status" use="required"><xs:simpleType><xs:restriction base="xs:string">'
    '<xs:enumeration value="announced"/><xs:enumeration value="pilot"/></xs:restriction></xs:simpleType>'
    '</xs:attribute><xs:attribute name="canBeTaken" type="xs:boolean" use="required"/>'
    "</xs:complexType></xs:element></xs:schema>\n"
)
