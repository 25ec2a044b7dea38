"""The patents that are declared in the demonstration, made up like their owners; the numbers pass the check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.accounts.models import Organisation, Role
from app.core.clock import today
from app.core.db import session
from app.core.workdays import add_months
from app.demo.cast import INSTITUTE, PEOPLE, UNIVERSITY, company
from app.demo.people import actor_of
from app.market.patents.facts import HolderValues, InventorValues, PatentValues
from app.market.patents.models import WHOLE, Patent
from app.market.patents.numbers import check_character
from app.market.patents.operations import create_patent, publish_patents

OFFICERS = {UNIVERSITY: "transfer@jishi.example", INSTITUTE: "institute@jishi.example"}
PARTNER = HolderValues("长吉新材料研究院", 3_000, email="ip@changji.example")
PARTNERS_PHONE = "138 0013 8000"  # a service number of a telephone company: no person is reached by mistake


@dataclass(frozen=True, slots=True)
class Sheet:
    """A patent as its owner writes it down."""

    key: str
    owner: str
    title: str
    title_en: str
    use_text: str
    products: str
    industry: str
    symbol: str
    months_old: int
    kind: str = "1"  # the digit of its number
    is_shared: bool = False
    is_published: bool = True
    unpaid_years: int = 0

    @property
    def number(self) -> str:
        """The number with its check digit."""
        digits = f"{filed_on(self).year}{self.kind}99{SERIALS[self.key]:05d}"
        return f"{digits}.{check_character(digits)}"


SHEETS = (
    Sheet("adhesive", UNIVERSITY, "一种低收缩光学胶及其制备方法", "Low-shrinkage optical adhesive and its preparation",
          "把屏幕和盖板粘在一起，固化后几乎不收缩，温差大的车里也不起泡。", "光学胶, 车载显示屏, 手机屏幕",
          "C3974", "C09J4/02", 66),
    Sheet("recycling", UNIVERSITY, "一种退役锂离子电池正极材料的回收方法",
          "Recovering cathode materials from spent cells", "从退役电池的正极里取回锂、钴和镍，不用强酸。",
          "电池回收, 碳酸锂, 三元前驱体", "C4210", "C22B7/00", 58),
    Sheet("probe", UNIVERSITY, "一种荧光探针及其在重金属检测中的应用", "Fluorescent probe for heavy metals",
          "滴一滴到水样里，看颜色就知道铅和镉是否超标。", "水质检测试剂, 便携检测仪", "C4016", "C09K11/06", 49),
    Sheet("rice", UNIVERSITY, "一种寒地水稻秸秆还田促腐菌剂", "Microbial agent for rice straw in cold regions",
          "秋天撒在秸秆上，到开春已经腐熟，不影响插秧。", "菌剂, 有机肥", "A0111", "C12N1/20", 44),
    Sheet("ginseng", UNIVERSITY, "一种人参皂苷的低温提取方法", "Low-temperature extraction of ginsenosides",
          "不加热就能提取皂苷，有效成分损失少。", "保健食品, 化妆品原料", "C1492", "A61K36/258", 52, is_shared=True),
    Sheet("tracking", UNIVERSITY, "一种复杂环境下的多目标跟踪方法", "Tracking many targets in cluttered scenes",
          "从监控画面里跟住多个移动的人和车，遮挡后还能认出来。", "视频监控, 辅助驾驶", "I6513", "G06T7/20", 40),
    Sheet("laser", UNIVERSITY, "一种高功率光纤激光器的散热结构", "Cooling of a high-power fibre laser",
          "激光器连续工作时不降功率，体积小一半。", "光纤激光器, 激光切割机", "C3569", "H01S3/04", 73),
    Sheet("clamp", UNIVERSITY, "一种金相试样快速夹具", "Quick clamp for metallographic samples",
          "一只手就能夹住试样，换样只要几秒。", "制样设备", "C4014", "B25B11/00", 31, kind="2", unpaid_years=1),
    Sheet("catalyst", INSTITUTE, "一种二氧化碳加氢制甲醇催化剂", "Catalyst for methanol from carbon dioxide",
          "把排放的二氧化碳变成甲醇，低压下就能反应。", "甲醇, 催化剂", "C2614", "B01J23/80", 60),
    Sheet("coating", INSTITUTE, "一种水性防腐涂料", "Water-borne anti-corrosion coating",
          "刷在钢结构上，十年不返锈，没有刺鼻气味。", "防腐涂料, 钢结构", "C2641", "C09D163/00", 47),
    Sheet("membrane", UNIVERSITY, "一种耐高温陶瓷分离膜", "Ceramic separation membrane for high temperatures",
          "烟气不降温就能滤掉粉尘，反吹后接着用。", "高温除尘, 分离膜", "C3591", "B01D71/02", 61),
    Sheet("sensor", UNIVERSITY, "一种柔性应变传感器", "Flexible strain sensor",
          "贴在皮带和轴承上，松了、裂了会提前报警。", "设备监测, 可穿戴设备", "C4019", "G01B7/16", 55),
    Sheet("draft", UNIVERSITY, "一种可降解地膜及其制备方法", "Degradable mulch film", "", "地膜", "C2921",
          "C08L67/02", 28, is_published=False),
)  # fmt: skip
SERIALS = {each.key: place for place, each in enumerate(SHEETS, 101)}


def filed_on(sheet: Sheet) -> date:
    """Its day of filing."""
    return add_months(today(), -sheet.months_old) - timedelta(days=9)


def write_patents() -> dict[str, Patent]:
    """Keep all of them and publish what is public; by key, with people."""
    made = {each.key: _write(each) for each in SHEETS}
    for owner, officer in OFFICERS.items():
        publish_patents(actor_of(officer), [made[one.key] for one in SHEETS if one.owner == owner and one.is_published])
    return made


def _write(sheet: Sheet) -> Patent:
    owner = session.get_one(Organisation, company(sheet.owner).id)
    filed = filed_on(sheet)
    begun = sheet.months_old // 12 + 1
    values: PatentValues = {
        "number": sheet.number, "title": sheet.title, "title_en": sheet.title_en, "use_text": sheet.use_text,
        "products": sheet.products, "industry": sheet.industry, "ipc": [sheet.symbol],
        "abstract": f"本发明公开了{sheet.title.removeprefix('一种')}。{sheet.use_text}", "filed_on": filed,
        "granted_on": add_months(filed, 20), "annuity_paid_through": begun - sheet.unpaid_years,
        "registered_holders": owner.name, "register_checked_on": today() - timedelta(days=12),
        "contact_name": "技术转移中心", "contact_phone": owner.phone, "contact_email": OFFICERS[sheet.owner],
        "inventors": _inventors(sheet),
    }  # fmt: skip
    if sheet.is_shared:
        values["holders"] = [HolderValues(owner.name, WHOLE - PARTNER.share, owner.code), PARTNER]
        values["registered_holders"] = f"{owner.name}；{PARTNER.name}"
    return create_patent(actor_of(OFFICERS[sheet.owner]), owner, values)


def _inventors(sheet: Sheet) -> Sequence[InventorValues]:
    account = next(each.id for each in PEOPLE if Role.INVENTOR in each.roles) if sheet.owner == UNIVERSITY else None
    department = "化学学院" if sheet.owner == UNIVERSITY else "催化研究室"
    return [InventorValues("何清源", 6_000, department, account), InventorValues("宋宁", 4_000, department)]
