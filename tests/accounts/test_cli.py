"""The commands for people who run the platform."""

from flask import Flask
from flask.testing import FlaskClient

from app.accounts.organisations.queries import organisation_by_code
from app.accounts.people.queries import user_by_email
from app.core.db import session
from tests.accounts.factories import make_person

CODE = "11220000013544429K"


def test_the_first_operator_is_made_with_a_made_up_password(app: Flask, client: FlaskClient) -> None:
    arguments = ["accounts", "create-operator", "op@agency.example", "--name", "Wang", "--organisation", CODE]
    result = app.test_cli_runner().invoke(args=[*arguments, "--organisation-name", "吉林省科技厅"])
    assert result.exit_code == 0, result.output
    organisation = organisation_by_code(CODE)
    assert organisation is not None
    assert organisation.is_verified
    password = result.output.splitlines()[-1]
    assert client.post("/sign-in", data={"email": "op@agency.example", "password": password}).status_code == 302
    assert client.get("/admin/organisations").status_code == 200
    assert client.get("/admin/audit").status_code == 200


def test_a_second_person_joins_the_operator(app: Flask) -> None:
    runner = app.test_cli_runner()
    arguments = ["accounts", "create-operator", "op@agency.example", "--name", "Wang", "--organisation", CODE]
    assert runner.invoke(args=arguments).exit_code == 1
    runner.invoke(args=[*arguments, "--organisation-name", "吉林省科技厅"])
    second = runner.invoke(
        args=["accounts", "create-operator", "b@agency.example", "--name", "Li", "--organisation", CODE]
    )
    assert second.exit_code == 0, second.output
    assert user_by_email("b@agency.example") is not None


def test_an_account_is_closed_and_opened(app: Flask, client: FlaskClient) -> None:
    user = make_person()
    session.commit()
    client.post("/sign-in", data={"email": user.email, "password": "pine-stall-calendar-77"})
    app.test_cli_runner().invoke(args=["accounts", "disable", user.email])
    assert client.get("/account").status_code == 302
    app.test_cli_runner().invoke(args=["accounts", "enable", user.email])
    again = client.post("/sign-in", data={"email": user.email, "password": "pine-stall-calendar-77"})
    assert again.status_code == 302
