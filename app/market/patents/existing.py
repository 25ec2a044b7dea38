"""The patents that an owner keeps under the numbers of a list, beside what a list may say of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from app.core.db import session
from app.imports.kinds import Existing
from app.market.patents.facts import SCALARS, HolderValues, InventorValues, equal_shares
from app.market.patents.models import Holder, Inventor, Patent

_COLUMNS = [getattr(Patent, name) for name in ("id", "number", "published_at", *SCALARS)]


def existing_patents(owner_id: UUID, keys: Sequence[str]) -> Existing:
    """Number → id, columns, people (as `holders`, `inventors`, and as a list writes them) of one owner's patents."""
    wanted = literal(list(keys), ARRAY(Text))
    statement = select(*_COLUMNS).where(Patent.owner_id == owner_id, Patent.number == any_(wanted))
    found = {row.number: dict(row._mapping) for row in session.execute(statement)}
    if not found:
        return {}
    ids = [values["id"] for values in found.values()]
    holders: dict[UUID, list[HolderValues]] = defaultdict(list)
    for one in session.execute(_people(Holder, ids)):
        holders[one.patent_id].append(HolderValues(one.name, one.share, one.code, one.email))
    inventors: dict[UUID, list[InventorValues]] = defaultdict(list)
    for one in session.execute(_people(Inventor, ids)):
        inventors[one.patent_id].append(InventorValues(one.name, one.share, one.department, one.user_id))
    return {
        number: values | written(values, holders[values["id"]], inventors[values["id"]])
        for number, values in found.items()
    }


def _people(model: type[Holder] | type[Inventor], ids: Iterable[UUID]) -> Any:
    table: Any = model.__table__
    return select(table).where(table.c.patent_id.in_(ids)).order_by(table.c.patent_id, table.c.position)


def written(
    values: Mapping[str, Any], holders: Sequence[HolderValues], inventors: Sequence[InventorValues]
) -> dict[str, Any]:
    """People as facts and as the cells of a list; symbols as tuples, as the reader gives them."""
    return {
        "ipc": tuple(values["ipc"]),
        "locarno": tuple(values["locarno"]),
        "holders": list(holders),
        "inventors": list(inventors),
        "holder_names": tuple(one.name for one in holders),
        "holder_shares": tuple(one.share for one in holders),
        "inventor_names": tuple(one.name for one in inventors),
    }


def said(row: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a row says as facts: names and shares become people, who keep what is known of them.

    Shares that are not written are equal (民法典 art. 309), or stay where the names stay.
    """
    facts = {name: value for name, value in row.items() if name in SCALARS}
    before = {one.name: one for one in known["holders"]} if known else {}
    names = row.get("holder_names") or tuple(before)
    if names and ("holder_names" in row or "holder_shares" in row):
        shares = list(row.get("holder_shares") or _kept_shares(names, before))
        shares += [0] * (len(names) - len(shares))
        facts["holders"] = [
            HolderValues(name, share, *_contact(before.get(name))) for name, share in zip(names, shares, strict=False)
        ]
    if "inventor_names" in row:
        kept = {one.name: one for one in known["inventors"]} if known else {}
        same = set(kept) == set(row["inventor_names"])
        facts["inventors"] = [
            kept[name] if same else replace(kept[name], share=0) if name in kept else InventorValues(name)
            for name in row["inventor_names"]
        ]
    return facts


def _kept_shares(names: Sequence[str], before: Mapping[str, HolderValues]) -> list[int]:
    if set(names) == set(before) and len(names) == len(before):
        return [before[name].share for name in names]
    return equal_shares(len(names))


def _contact(holder: HolderValues | None) -> tuple[str, str]:
    return (holder.code, holder.email) if holder else ("", "")
