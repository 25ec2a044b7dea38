"""The contract as PDF, with the page that says who has signed which text (电子签名法 art. 13)."""

from pathlib import Path

from app.core.clock import DEFAULT_ZONE
from app.files.documents import render_pdf
from app.market.negotiations.models import Contract, Side

SIDE_WORDS = {Side.ASKER: "被许可方（受让方）", Side.OWNER: "许可方（让与方）"}
FOLDER = Path(__file__).parent / "typst"


def contract_pdf(contract: Contract) -> bytes:
    """The PDF in Chinese; `contract` has its signatures loaded."""
    title, _number, *body = contract.text.splitlines()
    day = contract.signed_on or contract.changed_at.astimezone(DEFAULT_ZONE).date()
    signatures = []
    for side in (Side.OWNER, Side.ASKER):
        signature = contract.signature_of(side)
        if signature is None:
            signatures.append([SIDE_WORDS[side], "待签署", "", ""])
            continue
        moment = signature.signed_at.astimezone(DEFAULT_ZONE).strftime("%Y-%m-%d %H:%M:%S %z")
        who = f"{signature.organisation_name} {signature.signer_name}"
        signatures.append([SIDE_WORDS[side], who, moment, "登录密码再次验证"])
    data = {
        "date": day, "title": "技术合同", "number": contract.number, "heading": title, "second": _number,
        "lines": body, "signatures": signatures, "sha256": contract.sha256, "footer": contract.number,
        "head": ["签署方", "单位和签署人", "签署时间", "方式"], "signatures_word": "电子签名页",
        "hash_word": "本合同文本的SHA-256", "remark": "双方对同一文本签名；文本如有任何改动，此值即不相符"
        "（《电子签名法》第十三条）。",
    }  # fmt: skip
    return render_pdf(FOLDER / "contract.typ", data, "zh_CN")
