"""Forms for incoming money."""

from wtforms import DateField, HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.core.clock import today
from app.core.forms import FileField, FileRequired, Form, YuanField, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.settlement.payments.operations import Transfer


class BankFileForm(Form):
    """A bank's list of transfers."""

    file = FileField(_l("Bank file"), [FileRequired(_l("Choose the file that the bank gave you."))])


class TransferForm(Form):
    """One transfer, typed in."""

    booked_on = DateField(_l("Date"), [DataRequired(_l("Give the day of the transfer."))])
    payer_name = StringField(
        _l("Payer"), [DataRequired(_l("Give the payer’s name.")), Length(max=200), no_control_characters]
    )
    account_tail = StringField(_l("Account, last digits"), [Length(max=40), no_control_characters])
    amount = YuanField(_l("Amount"), [DataRequired(_l("Give the amount."))])
    memo = StringField(_l("Memo"), [Length(max=500), no_control_characters])
    reference = StringField(
        _l("Bank’s reference"), [DataRequired(_l("Give the bank’s reference.")), Length(max=100), no_control_characters]
    )

    @property
    def transfer(self) -> Transfer:
        """What was typed, once the form is valid."""
        account = "".join(sign for sign in self.account_tail.data or "" if sign.isalnum())[-4:]
        reference = (self.reference.data or "").strip()
        payer, memo = (self.payer_name.data or "").strip(), (self.memo.data or "").strip()
        return Transfer(reference, self.booked_on.data or today(), payer, account, self.amount.money, memo)


class AssignForm(Form):
    """A bill or a fee note by its number or memo code."""

    bill = StringField(
        _l("Bill, fee note or memo code"),
        [
            DataRequired(_l("Give the number of a bill or fee note, or its memo code.")),
            Length(max=40),
            no_control_characters,
        ],
    )
    back = HiddenField()


class CreditForm(Form):
    """An organisation by its 统一社会信用代码."""

    code = StringField(
        _l("Customer’s credit code"),
        [DataRequired(_l("Give the customer’s 18-character credit code.")), Length(max=40), no_control_characters],
    )
