"""Fee notes as PDF."""

from app.core.clock import DEFAULT_ZONE
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.files.documents import amount_in_words_zh, render_pdf
from app.settlement.fee_notes.models import FeeNote
from app.settlement.papers.documents import FOLDER, common, yuan_words


def fee_note_pdf(note: FeeNote) -> bytes:
    """A fee note in the reader's language, with all that the payer needs; both parties are loaded."""
    issued = note.issued_at.astimezone(DEFAULT_ZONE).date()
    is_chinese = current_locale() == "zh_CN"
    what = note.description if is_chinese or not note.description_en else note.description_en
    data = {
        **common(note, _("Fee note"), issued),
        "heading": _("Fee note"),
        "facts": [
            [_("Who pays"), note.party["name"]],
            [_("Credit code"), note.party["code"]],
            [_("Fee of"), note.provider.name],
            [_("Used for"), what],
            [_("Number"), note.subject_number],
            [_("Issued on"), issued.isoformat()],
            [_("Due on"), note.due_on.isoformat() if note.due_on else ""],
            [_("VAT contained"), f"{yuan_words(note.tax_minor)} ({note.tax_rate} %)"],
            [_("Pay to"), note.bank["bank_account_name"]],
            [_("Account"), note.bank["bank_account"]],
            [_("Bank"), note.bank["bank_name"]],
            [_("Memo"), note.memo_code],
        ],
        "total_word": _("To be paid"),
        "total": note.total_minor,
        "capitals": amount_in_words_zh(note.total) if is_chinese else None,
        "remark": _("Write only the memo code %(code)s into the memo of your transfer, so that it is found at once. "
                    "What you pay is held until the fee is earned. This is not a tax invoice; the payee issues it.",
                    code=note.memo_code),
    }  # fmt: skip
    return render_pdf(FOLDER / "receipt.typ", data, current_locale())
