"""The text of a contract 专利实施许可合同 or 专利权转让合同, with the clauses of 民法典 845 and 846.

The contract is Chinese whatever the reader's language: it is filed 备案 and registered 认定登记 as it stands.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.accounts.models import Organisation, OrganisationKind
from app.core.money import Money
from app.files.amounts import amount_in_words_zh
from app.market.licences.models import LicenceKind
from app.market.negotiations.models import Negotiation, Offer
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.patents.models import Patent

KINDS = {
    LicenceKind.ORDINARY: "普通实施许可", LicenceKind.SOLE: "排他实施许可", LicenceKind.EXCLUSIVE: "独占实施许可",
    LicenceKind.TRANSFER: "专利权转让",
}  # fmt: skip
BASES = {
    RoyaltyBase.NET_SALES: "净销售额", RoyaltyBase.PROFIT: "利润", RoyaltyBase.OUTPUT_VALUE: "新增产值",
}  # fmt: skip
# What people fill in: name of the field, heading of its clause (民法典 845 (1))
CLAUSES = (
    ("project", "项目名称"),
    ("scope", "标的的内容、范围和要求"),
    ("plan", "履行的计划、地点和方式"),
    ("secrecy", "技术信息和资料的保密"),
    ("results", "技术成果的归属和收益的分配办法"),
    ("acceptance", "验收标准和方法"),
    ("definitions", "名词和术语的解释"),
    ("other", "其他约定"),
)
FIELD_NAMES = tuple(name for name, _heading in CLAUSES)


def first_fields(negotiation: Negotiation, offer: Offer) -> dict[str, str]:
    """What stands in a new contract before anybody edits it; the default rules of the code, spelled out."""
    patent, kind = negotiation.patent, negotiation.kind
    given = {
        LicenceKind.ORDINARY: "许可方可以自己实施，也可以许可他人实施。",
        LicenceKind.SOLE: "许可方可以自己实施，不得再许可他人实施。",
        LicenceKind.EXCLUSIVE: "许可期间许可方自己也不得实施，不得再许可他人实施。",
        LicenceKind.TRANSFER: "让与方将专利权全部转让给受让方；此前已给出的许可继续有效。",
    }[kind]
    return {
        "project": f"{patent.title}{KINDS[kind]}",
        "scope": f"{given}地域：{_territory(offer.territory)}。用途：{offer.use_text}",
        "plan": "合同生效后十个工作日内，许可方在线交付实施专利所需的说明书和权利要求书。",
        "secrecy": "双方对履行合同中知悉的未公开技术信息和资料保密，期限为合同终止后三年。",
        "results": "后续改进的技术成果归完成改进的一方，另一方无权分享（民法典第八百七十五条）。",
        "acceptance": "收到前款资料之日起十个工作日内未书面提出异议的，视为验收合格。",
        "definitions": f"“本专利”指{patent.shown_number}号专利；“净销售额”指开票金额减去退货、税金和运费。",
        "other": offer.other_terms,
    }


def contract_text(
    number: str, revision: int, negotiation: Negotiation, offer: Offer, fields: Mapping[str, str], day: date
) -> str:
    """The whole text. `negotiation` has its patent with holders and both sides loaded; `day` is of the agreement."""
    is_transfer = negotiation.kind is LicenceKind.TRANSFER
    giver, taker = ("让与方", "受让方") if is_transfer else ("许可方", "被许可方")
    title = "专利权转让合同" if is_transfer else "专利实施许可合同"
    lines = [f"{title}（{KINDS[negotiation.kind]}）", f"编号：{number}　第{revision}稿　{_day(day)}", ""]
    lines += [f"{giver}：{_party(negotiation.owner)}", f"{taker}：{_party(negotiation.asker)}", ""]
    clauses = [("专利", _patent(negotiation.patent)), ("期限", _term(offer, negotiation.patent, is_transfer)),
               ("价款和支付方式（民法典第八百四十六条）", price_zh(offer))]  # fmt: skip
    clauses += [(heading, fields[name]) for name, heading in CLAUSES if fields.get(name)]
    clauses.append(("生效", _effect(is_transfer, offer)))
    for position, (heading, body) in enumerate(clauses, start=1):
        lines += [f"第{position}条　{heading}", body, ""]
    return "\n".join(lines).rstrip() + "\n"


def hints(kind: LicenceKind) -> tuple[str, ...]:
    """Names of the default rules to show beside the text (texts in words.py)."""
    return ("875", "864") if kind is LicenceKind.TRANSFER else ("875", "864", "865", "859")


def price_zh(offer: Any) -> str:
    """The price in Chinese, with capitals for the sums, as contracts write them."""
    form = offer.price_form
    if form is PriceForm.FREE:
        return "免费。"
    if form is PriceForm.LUMP_SUM:
        return f"一次总付{_money(offer.lump_minor)}，签署后支付。"
    if form is PriceForm.INSTALMENTS:
        parts = (
            f"{'签署后' if not part['months'] else f'''生效后{part['months']}个月'''}支付{_money(part['minor'])}"
            for part in offer.instalments
        )
        return f"一次总算、分期支付：{'；'.join(parts)}。"
    entry = f"入门费{_money(offer.upfront_minor)}，签署后支付；" if form is PriceForm.UPFRONT_ROYALTY else ""
    return entry + _royalty(offer)


def _royalty(offer: Any) -> str:
    base = BASES[offer.royalty_base]
    if offer.rate_steps:
        steps = "；".join(
            f"超过¥{_yuan(step['from_minor'])}的部分{_percent(step['rate'])}" for step in offer.rate_steps
        )
        share = f"按{base}分段提成：{steps}"
    else:
        share = f"按{base}的{_percent(offer.rate)}提成"
    least = f"，每期不少于¥{_yuan(offer.floor_minor)}" if offer.floor_minor else ""
    most = f"，每期不多于¥{_yuan(offer.cap_minor)}" if offer.cap_minor else ""
    return f"{share}，每{offer.period_months}个月报告并结算一次{least}{most}；没有销售也须报告。"


def _patent(patent: Patent) -> str:
    holders = "、".join(holder.name for holder in patent.holders)
    granted = _day(patent.granted_on) if patent.granted_on else "—"
    return (
        f"名称：{patent.title}；专利权人：{holders}；申请日：{_day(patent.filed_on)}；"
        f"申请号（专利号）：{patent.shown_number}；授权公告日：{granted}；专利权有效期限至{_day(patent.expires_on)}。"
        "年费由专利权人按期缴纳。"
    )


def _term(offer: Any, patent: Patent, is_transfer: bool) -> str:
    if is_transfer:
        return "专利权自国务院专利行政部门登记之日起转移；平台自付清之日起记载新的权利人。"
    if offer.term_months is None:
        return f"自合同生效之日起至专利权期限届满（{_day(patent.expires_on)}）。"
    return f"自合同生效之日起{offer.term_months}个月，且不超过专利权的有效期限（民法典第八百六十五条）。"


def _effect(is_transfer: bool, offer: Any) -> str:
    paid = "并付清首笔款项" if offer.due_now_minor else ""
    filed = "办理登记" if is_transfer else "三个月内办理备案"
    return f"双方对同一文本完成电子签名{paid}之日起生效；生效后{filed}。电子签名适用《电子签名法》第十三条。"


def _party(organisation: Organisation) -> str:
    code = "" if organisation.kind is OrganisationKind.PERSON else f"统一社会信用代码：{organisation.code}"
    address = f"地址：{organisation.address}" if organisation.address else ""
    more = "，".join(filter(None, (code, address)))
    return f"{organisation.name}（{more}）" if more else organisation.name


def _territory(code: str) -> str:
    return "中国" if code == "CN" else code


def _money(minor: int) -> str:
    return f"人民币{amount_in_words_zh(Money(int(minor)))}（¥{_yuan(minor)}）"


def _yuan(minor: int) -> str:
    return f"{int(minor) // 100:,}.{int(minor) % 100:02d}"


def _percent(rate: int) -> str:
    whole, rest = divmod(int(rate), 100)
    return f"{whole}.{rest:02d}%".replace(".00%", "%")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
