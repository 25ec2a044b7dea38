"""How lists of patents are read: Chinese headings, English ones beside them, several people in one cell."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.wording import one_line
from app.imports.parsing import Unreadable, day, line, prose, shown
from app.imports.reading import Field, Reader
from app.market.patents.models import Conclusion, LegalStatus, PatentKind
from app.market.patents.numbers import ipc_symbol, locarno_class, parse_number

Word = TypeVar("Word", bound=StrEnum)

_BETWEEN = re.compile(r"[;；\n|]+")
_BETWEEN_SYMBOLS = re.compile(r"[;；,，、\n|]+")
_YEAR = re.compile(r"第?\s*(\d{1,2})\s*(?:年度?)?")
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*[%％]?")

KINDS = {
    "发明": PatentKind.INVENTION, "发明专利": PatentKind.INVENTION, "invention": PatentKind.INVENTION,
    "实用新型": PatentKind.UTILITY_MODEL, "实用新型专利": PatentKind.UTILITY_MODEL,
    "utility model": PatentKind.UTILITY_MODEL,
    "外观设计": PatentKind.DESIGN, "外观设计专利": PatentKind.DESIGN, "外观": PatentKind.DESIGN,
    "design": PatentKind.DESIGN,
    "pct发明": PatentKind.PCT_INVENTION, "pct invention": PatentKind.PCT_INVENTION,
    "pct实用新型": PatentKind.PCT_UTILITY_MODEL, "pct utility model": PatentKind.PCT_UTILITY_MODEL,
}  # fmt: skip
STATUSES = {
    "有效": LegalStatus.IN_FORCE, "授权": LegalStatus.IN_FORCE, "专利权维持": LegalStatus.IN_FORCE,
    "in force": LegalStatus.IN_FORCE, "审中": LegalStatus.PENDING, "未授权": LegalStatus.PENDING,
    "pending": LegalStatus.PENDING, "终止": LegalStatus.LAPSED, "专利权终止": LegalStatus.LAPSED,
    "lapsed": LegalStatus.LAPSED, "届满": LegalStatus.EXPIRED, "期限届满": LegalStatus.EXPIRED,
    "expired": LegalStatus.EXPIRED, "无效": LegalStatus.INVALID, "宣告无效": LegalStatus.INVALID,
    "invalid": LegalStatus.INVALID,
}  # fmt: skip
CONCLUSIONS = {
    "未发现不符合授予专利权条件": Conclusion.FAVOURABLE, "符合": Conclusion.FAVOURABLE,
    "favourable": Conclusion.FAVOURABLE, "不符合授予专利权条件": Conclusion.ADVERSE, "不符合": Conclusion.ADVERSE,
    "adverse": Conclusion.ADVERSE, "无": Conclusion.NONE, "none": Conclusion.NONE,
}  # fmt: skip


def number(text: str) -> str:
    """A patent number as stored. A wrong digit is told, never guessed."""
    try:
        return parse_number(text).canonical
    except Invalid as refusal:
        raise Unreadable(refusal.message) from None


def names(text: str) -> tuple[str, ...]:
    """Several names in one cell, with ； or ; between them."""
    return tuple(filter(None, (one_line(part) for part in _BETWEEN.split(text))))


def shares(text: str) -> tuple[int, ...]:
    """Several shares in per cent, as basis points."""
    found = [_SHARE.fullmatch(part.strip()) for part in _BETWEEN.split(text) if part.strip()]
    if not found or not all(found):
        sentence = _l("“%(value)s” is no share; write per cent, e.g. 60;40", value=shown(text.strip()))
        raise Unreadable(sentence)
    return tuple(int(one[1]) * 100 + int((one[2] or "").ljust(2, "0")) for one in found if one)


def symbols(read: Callable[[str], str], example: str) -> Callable[[str], tuple[str, ...]]:
    """A reader of class symbols, each in its usual form."""

    def parse(text: str) -> tuple[str, ...]:
        try:
            return tuple(read(part) for part in _BETWEEN_SYMBOLS.split(text) if part.strip())
        except ValueError as fault:
            sentence = _l("“%(value)s” is no such symbol, e.g. %(example)s.", value=shown(str(fault)), example=example)
            raise Unreadable(sentence) from None

    return parse


def word_of(known: dict[str, Word]) -> Callable[[str], Word]:
    """A reader of one word out of a list, Chinese or English."""

    def parse(text: str) -> Word:
        found = known.get(one_line(text).casefold())
        if found is None:
            choices = "、".join(list({value: word for word, value in reversed(known.items())}.values())[::-1])
            raise Unreadable(
                _l("“%(value)s” is unknown; write one of: %(known)s", value=shown(text.strip()), known=choices)
            )
        return found

    return parse


def year(text: str) -> int:
    """The number of a year of the patent: ``8`` or ``第8年``."""
    found = _YEAR.fullmatch(text.strip())
    if found is None or int(found[1]) > 20:
        raise Unreadable(
            _l("“%(value)s” is no year of the patent; write its number, e.g. 8", value=shown(text.strip()))
        )
    return int(found[1])


FIELDS = (
    Field("专利号", number, "number", ("patent_no", "Patent no.", "Patent number", "申请号", "专利申请号", "号码")),
    Field("名称", line, "title", ("title", "专利名称", "发明名称", "标题")),
    Field("英文名称", line, "title_en", ("English title", "title_en")),
    Field("类型", word_of(KINDS), "kind", ("kind", "专利类型", "type")),
    Field("专利权人", names, "holder_names", ("patentees", "patentee", "holders", "权利人", "申请（专利权）人")),
    Field("份额", shares, "holder_shares", ("shares", "share", "专利权人份额", "权利份额")),
    Field("发明人", names, "inventor_names", ("inventors", "inventor", "设计人", "发明（设计）人")),
    Field("申请日", day, "filed_on", ("filed on", "filing date", "filed_on", "申请日期")),
    Field("授权公告日", day, "granted_on", ("granted on", "grant date", "granted_on", "授权日", "授权公告日期")),
    Field("届满日", day, "expires_on", ("expires on", "expiry", "expires_on", "到期日", "届满日期")),
    Field("IPC", symbols(ipc_symbol, "G06F16/36"), "ipc", ("IPC分类号", "国际专利分类", "主分类号")),
    Field("洛迦诺", symbols(locarno_class, "06-01"), "locarno", ("Locarno", "洛迦诺分类", "洛迦诺分类号")),
    Field("年费缴至", year, "annuity_paid_through", ("annuity paid through", "annuity", "年费缴至年度", "已缴年度")),
    Field("法律状态", word_of(STATUSES), "legal_status", ("legal status", "status", "legal_status", "状态")),
    Field("评价报告号", line, "report_no", ("report no.", "report_no", "评价报告编号", "评价报告")),
    Field("评价报告日", day, "report_on", ("report date", "report_on", "评价报告日期")),
    Field("结论", word_of(CONCLUSIONS), "conclusion", ("conclusion", "报告结论", "评价报告结论")),
    Field("摘要", prose, "abstract", ("abstract",)),
    Field("用途", prose, "use_text", ("use", "use_text", "what it is for")),
    Field("产品", line, "products", ("products",)),
    Field("行业", line, "industry", ("industry", "国民经济行业", "行业代码")),
    Field("公开号", line, "publication_no", ("publication no.", "publication_no", "公告号", "授权公告号")),
    Field("同族", line, "family", ("family", "patent family")),
    Field("登记簿核对日", day, "register_checked_on", ("register checked on", "register_checked_on")),
    Field("地区", line, "region", ("region",)),
    Field("联系人", line, "contact_name", ("contact", "contact_name")),
    Field("联系电话", line, "contact_phone", ("telephone", "phone", "contact_phone", "电话")),
    Field("联系邮箱", line, "contact_email", ("e-mail", "email", "contact_email", "邮箱", "电子邮箱")),
)

READER = Reader(FIELDS, "number", ("title",), (("专利号",), ("名称",)), nameless=_l("the title is empty"))
