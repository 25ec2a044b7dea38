"""What somebody fills in to watch: nothing with an account, else one mail address."""

from wtforms import HiddenField

from app.accounts.people.forms import email_field
from app.core.forms import Form


class WatchForm(Form):
    """The watch of somebody with an account."""

    search = HiddenField()
    patent = HiddenField()


class VisitorWatchForm(WatchForm):
    """The watch of a visitor."""

    email = email_field()
