"""The papers of a licence: notice, certificate, the sheet for filing, and whole files with an index and hashes.

Papers are in Chinese, as the office wants them, with a summary in English; the same licence gives the same bytes.
"""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.clock import DEFAULT_ZONE
from app.core.i18n import force_locale
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.templating import format_datetime, format_money
from app.files.documents import render_pdf
from app.market.licences.models import Dispute, Licence
from app.market.licences.words import DISPUTE_STATES, ENTRIES, KINDS
from app.market.open_licences.wording import territory_words
from app.settlement.fee_notes.models import FeeNote

TEMPLATE = Path(__file__).parent / "documents" / "paper.typ"
EPOCH = (1980, 1, 1, 0, 0, 0)


def notice_pdf(licence: Licence) -> bytes:
    """The notice as it was given, with the proof of its receipt."""
    heading, *paragraphs = licence.notice_text.split("\n\n")
    with force_locale("zh_CN"):
        return _paper(licence, licence.notice_no, heading, paragraphs, [
            [_("Given at"), _moment(licence)],
            [_("Received on"), licence.received_on.isoformat()],
            ["SHA-256", licence.notice_hash],
        ], "Notice of use under an open patent licence (Patent Law art. 51).")  # fmt: skip


def certificate_pdf(licence: Licence) -> bytes:
    """That the licence is in effect, since when and until when, and whether the licensee was verified."""
    party = licence.licensee_party
    with force_locale("zh_CN"):
        checked = _("verified by the platform") if party.get("is_verified") else _("not verified by the platform")
        facts = [
            [_("Licence no."), licence.number or ""],
            [_("Kind"), str(KINDS[licence.kind])],
            [_("Patent"), f"{licence.patent.shown_number} {licence.patent.title}"],
            [_("Licensor"), licence.licensor.name],
            [_("Licensee"), f"{party.get('name', '')} {party.get('code', '')}".strip()],
            [_("Identity"), checked],
            [_("Notice received"), licence.received_on.isoformat()],
            [_("Payment cleared"), licence.paid_on.isoformat() if licence.paid_on else _("nothing was due")],
            [_("In effect from"), str(licence.effective_on or "")],
            [_("Until, without that day"), str(licence.ends_on or "")],
            [_("Territory"), territory_words(str(licence.terms.get("territory") or "CN"))],
            [_("To be filed by"), str(licence.filing_due_on or "")],
            ["SHA-256", licence.notice_hash],
        ]
        summary = (
            f"Licence {licence.number} under patent {licence.patent.shown_number}: in effect from "
            f"{licence.effective_on}, the later of notice received and payment cleared (Patent Law art. 51)."
        )
        return _paper(licence, licence.number or "", _("Licence certificate"), [], facts, summary)


def filing_pdf(licence: Licence) -> bytes:
    """The sheet for the filing 备案 with CNIPA, filled in (rule 87)."""
    party = licence.licensee_party
    with force_locale("zh_CN"):
        facts = [
            [_("Patent no."), licence.patent.shown_number],
            [_("Title"), licence.patent.title],
            [_("Licensor"), f"{licence.licensor.name} {licence.licensor.code}"],
            [_("Licensee"), f"{party.get('name', '')} {party.get('code', '')}".strip()],
            [_("Postal address"), str(party.get("address") or "")],
            [_("Kind"), str(KINDS[licence.kind])],
            [_("Announcement no."), str(licence.terms.get("announcement_no") or "")],
            [_("In effect from"), str(licence.effective_on or "")],
            [_("Until, without that day"), str(licence.ends_on or "")],
            [_("Paid with the notice"), format_money(Money(licence.due_now_minor, licence.currency))],
            [_("Filing no."), licence.filing_no],
        ]
        return _paper(licence, licence.number or "", _("Filing of a patent licence"), [], facts,
                      "Filing with CNIPA within three months of taking effect (rule 87); either party.")  # fmt: skip


def payment_pdf(licence: Licence, note: FeeNote) -> bytes:
    """The proof of payment: fee note, value date of the bank, amount."""
    with force_locale("zh_CN"):
        facts = [
            [_("Fee note"), note.number],
            [_("Paid by"), str(note.party.get("name", ""))],
            [_("Amount"), format_money(note.total)],
            [_("of which VAT"), format_money(Money(note.tax_minor, note.currency))],
            [_("Value date of the bank"), note.value_on.isoformat() if note.value_on else ""],
            [_("Memo"), note.memo_code],
        ]
        return _paper(licence, note.number, _("Proof of payment"), [note.description], facts, note.description_en)


def pack_of(licence: Licence, note: FeeNote | None, extra: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """Everything that the filing asks for in one ZIP, with an index of names and hashes."""
    files = [("01-notice.pdf", notice_pdf(licence)), ("02-certificate.pdf", certificate_pdf(licence)),
             ("03-filing.pdf", filing_pdf(licence))]  # fmt: skip
    if note is not None and note.value_on is not None:
        files.append(("04-payment.pdf", payment_pdf(licence, note)))
    return zipped([*files, *extra])


def dispute_text(licence: Licence, disputes: Sequence[Dispute]) -> bytes:
    """Everything that was said in the disputes about a licence, in its order."""
    with force_locale("zh_CN"):
        sides = {licence.licensor_id: licence.licensor.name, licence.licensee_id: licence.licensee.name}
        lines = [f"{licence.number} {licence.patent.shown_number} {licence.patent.title}"]
        for dispute in disputes:
            lines += ["", f"{DISPUTE_STATES[dispute.state]} {dispute.court}".strip()]
            for entry in dispute.entries:
                who = sides.get(entry.organisation_id, _("Operator")) if entry.organisation_id else _("Operator")
                moment = format_datetime(entry.created_at, "iso", DEFAULT_ZONE)
                lines += ["", f"{entry.position}. {moment} {who}: {ENTRIES[entry.kind]}", entry.text]
    return ("\n".join(lines) + "\n").encode()


def zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP with an index of sizes and SHA-256; the same files give the same bytes."""
    index = "".join(f"{hashlib.sha256(content).hexdigest()}  {len(content):>10}  {name}\n" for name, content in files)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("00-index.txt", index.encode()), *files):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return stream.getvalue()


def _moment(licence: Licence) -> str:
    return format_datetime(licence.noticed_at, "iso", DEFAULT_ZONE)


def _paper(
    licence: Licence, number: str, heading: str, paragraphs: Sequence[str], facts: list[list[str]], summary: str
) -> bytes:
    data: dict[str, Any] = {
        "date": licence.effective_on or licence.received_on,
        "title": heading, "heading": heading, "number": number, "footer": licence.patent.shown_number,
        "paragraphs": list(paragraphs), "facts": [fact for fact in facts if fact[1]], "remark": summary,
    }  # fmt: skip
    return render_pdf(TEMPLATE, data, "zh_CN")
