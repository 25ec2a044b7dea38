"""Instruments that are described by hand: kinds of instruments, not particular ones."""

from dataclasses import dataclass

from app.demo.cast import INSTITUTE, UNIVERSITY
from app.demo.prices import diffractometer_terms, seebeck_terms, squid_terms, usual_terms
from app.equipment.instruments.models import OperationMode
from app.equipment.tariffs.terms import Terms

LONGEST_DAY, ALWAYS = (8 * 60, 18 * 60), (0, 24 * 60)


@dataclass(frozen=True, slots=True)
class Piece:
    """One instrument: `worth` in 万元, `hours` in minutes of the day (working days unless round the clock)."""

    owner: str
    asset_no: str
    name_zh: str
    name: str
    class_code: str
    worth: int
    terms: Terms
    functions: str
    building: str
    hours: tuple[int, int] = LONGEST_DAY
    needs_approval: bool = False
    mode: OperationMode = OperationMode.BOTH


PIECES = (
    Piece(
        UNIVERSITY, "SJ-2001", "场发射扫描电子显微镜", "Field Emission Scanning Electron Microscope", "0101", 320,
        usual_terms(300, 260), "形貌观察，断口分析，微区成分（能谱）", "材料楼",
    ),
    Piece(
        UNIVERSITY, "SJ-2002", "透射电子显微镜", "Transmission Electron Microscope, 200 kV", "0101", 680,
        usual_terms(600, 500), "晶格像，选区衍射，元素分布", "材料楼", needs_approval=True, mode=OperationMode.ASSISTED,
    ),
    Piece(
        UNIVERSITY, "SJ-2003", "超导量子干涉磁强计", "SQUID Magnetometer", "0304", 310,
        squid_terms(), "磁化曲线，变温磁化率", "物理楼", ALWAYS,
    ),
    Piece(
        UNIVERSITY, "SJ-2004", "激光扫描共聚焦显微镜", "Confocal Laser Scanning Microscope", "0108", 260,
        usual_terms(280, 240), "荧光成像，三维重构，活细胞观察", "生命科学楼",
    ),
    Piece(
        UNIVERSITY, "SJ-2005", "电子万能材料试验机", "Universal Testing Machine, 100 kN", "0201", 42,
        usual_terms(180, 150, rounding=15), "拉伸，压缩，弯曲，疲劳", "力学楼", mode=OperationMode.SELF,
    ),
    Piece(
        INSTITUTE, "CB-101", "600 MHz核磁共振波谱仪", "NMR Spectrometer, 600 MHz", "0106", 520,
        usual_terms(400, 320, rounding=15), "一维、二维谱，扩散序谱，变温实验", "一号楼", ALWAYS,
    ),
    Piece(
        INSTITUTE, "CB-102", "18 kW转靶X射线衍射仪", "Rotating Anode X-ray Diffractometer, 18 kW", "0103", 190,
        diffractometer_terms(), "物相分析，薄膜摇摆曲线，步进扫描", "一号楼",
    ),
    Piece(
        INSTITUTE, "CB-103", "高温塞贝克系数与电阻率测试仪", "Seebeck Coefficient and Resistivity Tester", "0109", 88,
        seebeck_terms(), "室温至1000 °C的塞贝克系数和电阻率", "二号楼", mode=OperationMode.ASSISTED,
    ),
    Piece(
        INSTITUTE, "CB-104", "X射线光电子能谱仪", "X-ray Photoelectron Spectrometer", "0103", 460,
        usual_terms(500, 420), "表面元素与价态，深度剖析", "二号楼", needs_approval=True, mode=OperationMode.ASSISTED,
    ),
    Piece(
        INSTITUTE, "CB-105", "同步热分析仪", "Simultaneous Thermal Analyser", "0109", 65,
        usual_terms(160, 140), "热重，差热，逸出气体分析", "二号楼",
    ),
    Piece(
        INSTITUTE, "CB-106", "傅里叶变换红外光谱仪", "FTIR Spectrometer", "0104", 58,
        usual_terms(120, 100, rounding=15), "官能团鉴定，显微红外成像", "一号楼", mode=OperationMode.SELF,
    ),
    Piece(
        INSTITUTE, "CB-107", "电化学工作站", "Electrochemical Workstation", "0107", 28,
        usual_terms(60, 50, rounding=15), "循环伏安，阻抗谱，电池测试", "三号楼", mode=OperationMode.SELF,
    ),
    Piece(
        INSTITUTE, "CB-108", "矢量网络分析仪", "Vector Network Analyser, 67 GHz", "0404", 240,
        usual_terms(350, 300), "散射参数，材料电磁参数，天线测试", "三号楼",
    ),
    Piece(
        INSTITUTE, "CB-109", "激光粒度分析仪", "Laser Particle Size Analyser", "0205", 36,
        usual_terms(120, 100, rounding=15), "干湿法粒度分布", "三号楼",
    ),
)  # fmt: skip
