"""The tariff editor: a matrix of prices by class, tiers and consumables, and the example beside it."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, cast

from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
)
from wtforms import Form as PartOfForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange

from app.core.errors import Invalid
from app.core.forms import Form, ValidationError, YuanField, no_control_characters
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.ids import readable_code
from app.equipment.tariffs.labels import CHARGE_BASES, PAYER_CLASSES, TAX_CATEGORIES
from app.equipment.tariffs.operations import LONGEST_APPROVAL_NO
from app.equipment.tariffs.queries import price_rows
from app.equipment.tariffs.terms import (
    ChargeBasis,
    ClassPrices,
    Consumable,
    PayerClass,
    TaxCategory,
    Terms,
    Tier,
    faults,
)

SPARE_TIERS = 2
SPARE_CONSUMABLES = 2
MOST_TIERS = 12
MOST_CONSUMABLES = 60
REQUIRED = _l("Enter a number.")


class NumberText(StringField):
    """A number kept as it was typed; pages draw it as any number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "DecimalField"

    @property
    def is_filled(self) -> bool:
        return bool(self.data and self.data.strip())


class PriceField(NumberText, YuanField):
    """An amount for one class of payers."""


class HoursField(NumberText):
    """A length typed in hours; `minutes` is whole minutes, None when it is empty."""

    def pre_validate(self, form: Any) -> None:
        try:
            self.minutes = self._read() if self.is_filled else None
        except ArithmeticError:
            raise ValidationError(_("Enter hours such as 1 or 2.5.")) from None

    def _read(self) -> int:
        hours = Decimal((self.data or "").strip())
        if not hours.is_finite() or abs(hours) > 10_000:
            raise InvalidOperation
        return int((hours * 60).to_integral_value(ROUND_HALF_UP))


class PercentField(NumberText):
    """A percentage as a person types it; `rate` is the number."""

    def pre_validate(self, form: Any) -> None:
        try:
            self.rate = Decimal((self.data or "").strip().removesuffix("%"))
        except ArithmeticError:
            self.rate = Decimal("NaN")
        if not self.rate.is_finite() or not 0 <= self.rate <= 100:
            raise ValidationError(_("Enter a percentage such as 6 or 13."))


class Rows(FieldList):  # type: ignore[type-arg]
    """Rows of a form; keys that only look like numbers are left alone."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for key in formdata:
            if key.startswith(f"{prefix}-"):
                number = key.removeprefix(f"{prefix}-").split("-", 1)[0]
                if number.isascii() and number.isdecimal() and len(number) < 5:
                    yield int(number)


class PricesPart(PartOfForm):
    """An amount for each class."""

    internal = PriceField(PAYER_CLASSES[PayerClass.INTERNAL])
    institution = PriceField(PAYER_CLASSES[PayerClass.INSTITUTION])
    enterprise = PriceField(PAYER_CLASSES[PayerClass.ENTERPRISE])

    def minor(self, payer: PayerClass) -> int | None:
        return cast("PriceField", self._fields[payer.value]).minor

    @property
    def is_filled(self) -> bool:
        return any(field.is_filled for field in self if isinstance(field, NumberText))


class TierPart(PricesPart):
    """Time up to some hours, or without end, at an amount an hour for each class."""

    upto = HoursField(_l("Up to"))


class ConsumablePart(PricesPart):
    """Something counted at an amount a unit for each class."""

    code = HiddenField(validators=[Length(max=40), no_control_characters])
    name = StringField(_l("Name of the item"), validators=[Length(max=120), no_control_characters])
    unit = StringField(_l("Unit"), validators=[Length(max=20), no_control_characters])

    @property
    def is_filled(self) -> bool:
        return bool((self.name.data or "").strip()) or super().is_filled


class TariffForm(Form):
    """A draft of prices. `terms` is what it says, once it is valid."""

    offers_internal = BooleanField(_l("Offered"))
    offers_institution = BooleanField(_l("Offered"))
    offers_enterprise = BooleanField(_l("Offered"))
    start_up = FormField(PricesPart, label=_l("Start-up fee"))
    tiers = Rows(FormField(TierPart), label=_l("Machine time"), max_entries=MOST_TIERS)
    operator = FormField(PricesPart, label=_l("Operator’s time"))
    minimum = FormField(PricesPart, label=_l("Minimum charge"))
    consumables = Rows(FormField(ConsumablePart), label=_l("Consumables and samples"), max_entries=MOST_CONSUMABLES)
    charge_basis = SelectField(
        _l("Time charged"), choices=[SelectChoice(basis.value, name) for basis, name in CHARGE_BASES.items()]
    )
    rounding_minutes = IntegerField(_l("Round time up to"), validators=[InputRequired(REQUIRED), NumberRange(1, 1440)])
    tax_category = SelectField(
        _l("What is sold"), choices=[SelectChoice(kind.value, name) for kind, name in TAX_CATEGORIES.items()]
    )
    vat_rate = PercentField(_l("VAT included"))
    valid_from = DateField(_l("Valid from"), validators=[InputRequired(_l("Choose a day."))])
    approval_no = StringField(
        _l("Approval number"), validators=[Length(max=LONGEST_APPROVAL_NO), no_control_characters]
    )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        self.terms = self._terms()
        for fault in faults(self.terms):
            self._field_of(fault.field or "").errors = [str(fault)]
        return not self.faults

    @property
    def start(self) -> date:
        """The day from which the prices are proposed to hold; there after `validate`."""
        return cast("date", self.valid_from.data)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(id of the input, sentence) of every fault, also those inside rows."""
        whole = [("", str(sentence)) for sentence in self.form_errors]
        return whole + [(field.id, str(sentence)) for field in leaves(self) for sentence in field.errors]

    def offered(self, payer: PayerClass) -> bool:
        """Whether the box of that class is ticked."""
        return bool(self._fields[f"offers_{payer.value}"].data)

    def _terms(self) -> Terms:
        self._tier_rows = sorted(
            (row for row in self.tiers if row.form.is_filled),
            key=lambda row: (row.form.upto.minutes is None, row.form.upto.minutes or 0),
        )
        self._consumable_rows = [row for row in self.consumables if row.form.is_filled]
        return Terms(
            classes={payer: self._class_prices(payer) for payer in PayerClass if self.offered(payer)},
            consumables=tuple(_consumable(row.form) for row in self._consumable_rows),
            rounding_minutes=self.rounding_minutes.data or 0,
            vat_rate=self.vat_rate.rate.normalize() + 0,
            charge_basis=ChargeBasis(self.charge_basis.data),
            tax_category=TaxCategory(self.tax_category.data),
        )

    def _class_prices(self, payer: PayerClass) -> ClassPrices:
        tiers = []
        for row in self._tier_rows:
            amount = row.form.minor(payer)
            if amount is None:
                row.form[payer.value].errors = [_("Enter a price; 0 when it costs nothing.")]
            tiers.append(Tier(row.form.upto.minutes, amount or 0))
        return ClassPrices(
            tiers=tuple(tiers),
            start_up=self.start_up.form.minor(payer) or 0,
            minimum=self.minimum.form.minor(payer) or 0,
            operator_per_hour=self.operator.form.minor(payer),
        )

    def _field_of(self, path: str) -> Any:
        """The input that a path of the terms comes from, e.g. ``classes.enterprise.tiers.0.per_hour``."""
        match path.split("."):
            case ["classes", payer, "tiers", number, name]:
                row = self._tier_rows[int(number)].form
                return row.upto if name == "upto_minutes" else row[payer]
            case ["classes", payer, "tiers"]:
                return self.tiers[0].form[payer]
            case ["classes", payer, name]:
                return self._fields[name.removesuffix("_per_hour")].form[payer]
            case ["consumables", number, "prices", payer]:
                return self._consumable_rows[int(number)].form[payer]
            case ["consumables", number, *_rest]:
                return self._consumable_rows[int(number)].form.name
        return self._fields[path]


class ExamplePart(PartOfForm):
    """The case worked out beside the prices."""

    payer = SelectField(
        _l("Customer"), choices=[SelectChoice(payer.value, name) for payer, name in PAYER_CLASSES.items()]
    )
    length = HoursField(_l("Length"))
    with_operator = BooleanField(_l("With an operator"))


class PublishForm(Form):
    """From which day a draft holds."""

    valid_from = DateField(_l("Valid from"), validators=[InputRequired(_l("Choose a day."))])

    @property
    def start(self) -> date:
        """The day chosen or proposed."""
        return cast("date", self.valid_from.data)


class EndForm(Form):
    """The last day of a published tariff."""

    last_day = DateField(_l("Last day"), validators=[InputRequired(_l("Choose a day."))])


def leaves(form: Any) -> Iterator[Field]:
    """Every input of a form, also those inside its rows and parts."""
    for field in form:
        if isinstance(field, FormField):
            yield from leaves(field.form)
        elif isinstance(field, FieldList):
            yield from leaves(field.entries)
        else:
            yield field


def values_of(terms: Terms) -> dict[str, Any]:
    """What the fields of a TariffForm hold for these terms; classes with other tiers share the finer ones."""
    rows = price_rows(terms)
    by_kind = {row.kind: _texts(row.amounts) for row in rows if row.kind in {"start_up", "operator", "minimum"}}
    tiers = [
        {"upto": hours_text(row.upto_minutes), **_texts(row.amounts)} for row in rows if row.kind == "machine_time"
    ]
    consumables = [
        {"code": thing.code, "name": thing.name, "unit": thing.unit, **_texts(dict(thing.prices))}
        for thing in terms.consumables
    ]
    return {
        **{f"offers_{payer.value}": payer in terms.classes for payer in PayerClass},
        **{kind: by_kind.get(kind, {}) for kind in ("start_up", "operator", "minimum")},
        "tiers": tiers + [{}] * min(SPARE_TIERS, MOST_TIERS - len(tiers)),
        "consumables": consumables + [{}] * min(SPARE_CONSUMABLES, MOST_CONSUMABLES - len(consumables)),
        "charge_basis": terms.charge_basis.value,
        "rounding_minutes": terms.rounding_minutes,
        "tax_category": terms.tax_category.value,
        "vat_rate": f"{terms.vat_rate.normalize():f}",
    }


def _texts(amounts: Any) -> dict[str, str]:
    return {payer.value: yuan_text(fen) for payer, fen in amounts.items() if fen is not None}


def yuan_text(fen: int) -> str:
    """Fen as a person types yuan: 50000 is ``500``, 4950 is ``49.50``."""
    return f"{fen // 100}.{fen % 100:02d}".removesuffix(".00")


def hours_text(minutes: int | None) -> str:
    """Minutes as a person types hours: 90 is ``1.5``; without end is empty."""
    return "" if minutes is None else f"{(Decimal(minutes) / 60).quantize(Decimal('0.001')).normalize():f}"


def _consumable(part: Any) -> Consumable:
    if not (part.name.data or "").strip():
        part.name.errors = [_("Enter the name of the item.")]
    if not (part.unit.data or "").strip():
        part.unit.errors = [_("Enter the unit it is counted in.")]
    prices = {payer: fen for payer in PayerClass if (fen := part.minor(payer)) is not None}
    if not part.code.data:
        part.code.data = readable_code(6)
    return Consumable(part.code.data, (part.name.data or "").strip(), (part.unit.data or "").strip(), prices)


def example_of(part: Any) -> tuple[PayerClass, int, bool]:
    """Class, minutes and whether with an operator of the example asked for. Raises Invalid for nonsense."""
    if not part.validate() or part.length.minutes is None or not 0 <= part.length.minutes <= 100 * 24 * 60:
        raise Invalid(_("Enter the length of the example in hours, such as 3.5."), field="length")
    return PayerClass(part.payer.data), part.length.minutes, bool(part.with_operator.data)
