"""Words of advertising: a declaration states facts and has no commercial advertising language (rule 85)."""

import unicodedata

from app.market.open_licences.models import OpenLicence
from app.market.settings import settings

CHECKED = ("use_text", "not_included", "other_terms", "basis_note")


def promotional_words(text: str) -> list[str]:
    """The listed words that a text contains, in the order of the list (setting ``promotional_words``).

    They are told apart by neither case nor width; several words of one entry are joined by ``_``.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    listed = (entry.replace("_", " ") for entry in str(settings["promotional_words"]).split())
    return [word for word in dict.fromkeys(listed) if unicodedata.normalize("NFKC", word).casefold() in plain]


def marked_words(open_licence: OpenLicence) -> dict[str, list[str]]:
    """The promotional words of a declaration by the field in which they stand; fields without any are left out."""
    found = {name: promotional_words(getattr(open_licence, name)) for name in CHECKED}
    return {name: words for name, words in found.items() if words}
