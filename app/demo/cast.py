"""Who plays in the demonstration. All organisations and people are made up; the codes pass the check but are nobody's:
an organisation code begins with a digit or MA (GB 11714, GB 32100), never with DEMA."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from app.accounts.models import OrganisationKind, Role
from app.core.i18n import lazy_gettext as _l

NAMESPACE = UUID("6a697368-6920-5064-b000-64656d6f2e31")
DEFAULT_PASSWORD = "jishi-demo-2026"  # noqa: S105 everybody may know it

UNIVERSITY, INSTITUTE, SME, SECOND_SME, NEWCOMER, OPERATOR, BANK, IP_FIRM = (
    "university", "institute", "sme", "biotech", "newcomer", "operator", "bank", "ip-firm",
)  # fmt: skip


def demo_id(*parts: object) -> UUID:
    """The identifier of a thing of the demonstration: the same in every copy of Jishi."""
    return uuid5(NAMESPACE, "/".join(str(part) for part in parts))


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation as it is loaded."""

    key: str
    code: str
    name: str
    name_en: str
    kind: OrganisationKind
    address: str
    phone: str
    bank_name: str = ""
    bank_account: str = ""
    is_verified: bool = True

    @property
    def id(self) -> UUID:
        return demo_id("organisation", self.key)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    email: str
    name: str
    company: str
    roles: tuple[Role, ...]
    purpose: object

    @property
    def id(self) -> UUID:
        return demo_id("person", self.email)


_INSTITUTION, _ENTERPRISE = OrganisationKind.INSTITUTION, OrganisationKind.ENTERPRISE

COMPANIES = (
    Company(
        OPERATOR, "12220000DEMA00064D", "省科技大市场运营中心", "Provincial Technology Market",
        OrganisationKind.OPERATOR, "长春市科技街 1 号", "0431-8000 0001", "吉林银行长春科技支行", "0710120100006688",
    ),
    Company(
        UNIVERSITY, "12220000DEMA000135", "松江大学", "Songjiang University", _INSTITUTION,
        "长春市松江路 200 号", "0431-8000 0100", "中国银行长春松江支行", "1604120100012345",
    ),
    Company(
        INSTITUTE, "12220100DEMA000215", "长白应用化学研究所", "Changbai Institute of Applied Chemistry", _INSTITUTION,
        "长春市化学街 56 号", "0431-8000 0200", "建设银行长春化学街支行", "2200145600099001",
    ),
    Company(
        SME, "91220100DEMA0003XP", "晶澜光电有限公司", "Jinglan Photonics Ltd", _ENTERPRISE,
        "长春市光谷大街 8 号", "0431-8000 0300", "招商银行长春分行", "4319012345678901",
    ),
    Company(
        SECOND_SME, "91220200DEMA00048W", "沃野生物科技有限公司", "Woye Biotech Ltd", _ENTERPRISE,
        "吉林市松花江路 77 号", "0432-8000 0400", "吉林银行吉林分行", "0720120100001122",
    ),
    Company(
        NEWCOMER, "91220100DEMA00056J", "岭拓新材料有限公司", "Lingtuo New Materials Ltd", _ENTERPRISE,
        "长春市创业大街 31 号", "0431-8000 0500", is_verified=False,
    ),
    Company(
        BANK, "91220100DEMA000728", "松江科技银行", "Songjiang Technology Bank", _ENTERPRISE,
        "长春市人民大街 66 号", "0431-8000 0600",
    ),
    Company(
        IP_FIRM, "91220100DEMA000803", "知衡知识产权服务有限公司", "Zhiheng IP Services Ltd", _ENTERPRISE,
        "长春市硅谷大街 9 号", "0431-8000 0700",
    ),
)  # fmt: skip

_EVERYTHING = (Role.OWNER, Role.MANAGER, Role.TECHNICIAN, Role.FINANCE, Role.BOOKER)

PEOPLE = (
    Person("university@jishi.example", "刘敏", UNIVERSITY, _EVERYTHING, _l("offers instruments, in every role")),
    Person("manager@jishi.example", "周启明", UNIVERSITY, (Role.MANAGER,), _l("answers requests, sets prices")),
    Person("technician@jishi.example", "陈立", UNIVERSITY, (Role.TECHNICIAN,), _l("starts and finishes uses")),
    Person("finance@jishi.example", "孙玉", UNIVERSITY, (Role.FINANCE,), _l("reads statements and payouts")),
    Person("transfer@jishi.example", "郑淑华", UNIVERSITY, (Role.TRANSFER,), _l("keeps and licenses patents")),
    Person("inventor@jishi.example", "何清源", UNIVERSITY, (Role.INVENTOR,), _l("reads what the own inventions bring")),
    Person("institute@jishi.example", "赵宁", INSTITUTE, _EVERYTHING, _l("a second institution, also a customer")),
    Person(
        "sme@jishi.example", "林晓", SME, (Role.OWNER, Role.BOOKER, Role.FINANCE), _l("books, uses and pays")
    ),
    Person("engineer@jishi.example", "何帆", SME, (Role.BOOKER,), _l("a colleague who only books")),
    Person(
        "biotech@jishi.example", "唐悦", SECOND_SME, (Role.OWNER, Role.BOOKER, Role.FINANCE), _l("another customer")
    ),
    Person("bank@jishi.example", "许诺", BANK, (Role.OWNER,), _l("a bank that lends on patents")),
    Person("ipfirm@jishi.example", "顾言", IP_FIRM, (Role.OWNER,), _l("searches and analyses patents")),
    Person("newcomer@jishi.example", "罗毅", NEWCOMER, (Role.OWNER, Role.BOOKER), _l("waits for verification")),
    Person(
        "operator@jishi.example", "王岚", OPERATOR, (Role.OWNER, Role.VERIFIER, Role.SETTLEMENT, Role.AUDITOR),
        _l("runs the platform, in every role"),
    ),
    Person(
        "operator2@jishi.example", "高远", OPERATOR, (Role.SETTLEMENT,), _l("the second pair of eyes on payments")
    ),
)  # fmt: skip


def company(key: str) -> Company:
    """An organisation of the demonstration."""
    return next(each for each in COMPANIES if each.key == key)
