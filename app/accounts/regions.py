"""Names of regions (GB/T 2260): the provinces, and the prefectures of Jilin."""

from app.core.i18n import lazy_gettext as _l

_NAMES = {
    "11": _l("Beijing"), "12": _l("Tianjin"), "13": _l("Hebei"), "14": _l("Shanxi"), "15": _l("Inner Mongolia"),
    "21": _l("Liaoning"), "22": _l("Jilin Province"), "23": _l("Heilongjiang"), "31": _l("Shanghai"),
    "32": _l("Jiangsu"), "33": _l("Zhejiang"), "34": _l("Anhui"), "35": _l("Fujian"), "36": _l("Jiangxi"),
    "37": _l("Shandong"), "41": _l("Henan"), "42": _l("Hubei"), "43": _l("Hunan"), "44": _l("Guangdong"),
    "45": _l("Guangxi"), "46": _l("Hainan"), "50": _l("Chongqing"), "51": _l("Sichuan"), "52": _l("Guizhou"),
    "53": _l("Yunnan"), "54": _l("Tibet"), "61": _l("Shaanxi"), "62": _l("Gansu"), "63": _l("Qinghai"),
    "64": _l("Ningxia"), "65": _l("Xinjiang"),
    "2201": _l("Changchun"), "2202": _l("Jilin City"), "2203": _l("Siping"), "2204": _l("Liaoyuan"),
    "2205": _l("Tonghua"), "2206": _l("Baishan"), "2207": _l("Songyuan"), "2208": _l("Baicheng"),
    "2224": _l("Yanbian"),
}  # fmt: skip


def region_name(code: str) -> str:
    """The name of the prefecture if it is one of Jilin's, else of the province; the code itself when unknown."""
    name = _NAMES.get(code[:4]) or _NAMES.get(code[:2])
    return str(name) if name is not None else code
