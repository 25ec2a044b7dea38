"""A wrong row of the bank's file is named by the columns as the file has them."""

import io

from flask.testing import FlaskClient

from app.accounts.models import Role
from tests.accounts.factories import make_operator, sign_in

FILE = "日期,付款人,交易金额,附言,流水号\r\n2026-11-30,云杉科技有限公司,一百,检测费,LX1\r\n"


def test_the_column_at_fault_is_called_what_the_file_calls_it(client: FlaskClient) -> None:
    sign_in(client, make_operator(Role.SETTLEMENT))
    upload = {"file": (io.BytesIO(FILE.encode()), "bank.csv")}
    page = client.post("/settlement/bank/import", data=upload, content_type="multipart/form-data").text
    assert "<td>交易金额</td>" in page
    assert "“一百” is no amount." in page
