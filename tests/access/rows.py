"""The lines of the access tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANONYMOUS = "anonymous"
PEOPLE = (
    ANONYMOUS,
    "stranger",  # owner of another enterprise
    "rival",  # owner of another institution
    "lonely",  # signed in, acts for no organisation
    "owner", "manager", "technician", "finance",  # of the institution
    "head", "booker", "payer",  # owner, booker and finance of the enterprise that has booked
    "chief", "verifier", "settler", "auditor",  # of the operator
)  # fmt: skip

REST = "*"  # everybody whom the line does not name


@dataclass(frozen=True)
class Row:
    """One endpoint and method: the answer's status for each person, by the name of the person.

    `arguments` names the things of the world (tests/access/world.py) that the address needs, e.g.
    ``instrument_id=instrument``; a value that is no name of a thing stands for itself.
    """

    method: str
    endpoint: str
    arguments: str
    answers: Mapping[int, str]
    form: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wanted(self) -> dict[str, int]:
        """The status for each person; a person named twice is a mistake in the table."""
        wanted: dict[str, int] = {}
        for status, names in self.answers.items():
            for name in names.split():
                if name in wanted or name not in (*PEOPLE, REST):
                    raise ValueError(f"{self.method} {self.endpoint}: {name} is named twice or nobody")
                wanted[name] = status
        rest = wanted.pop(REST, None)
        return wanted if rest is None else {name: wanted.get(name, rest) for name in PEOPLE}


def get(endpoint: str, arguments: str, answers: Mapping[int, str]) -> Row:
    """A line for GET."""
    return Row("GET", endpoint, arguments, answers)


def post(endpoint: str, arguments: str, answers: Mapping[int, str], **form: Any) -> Row:
    """A line for POST, with what the form sends; names of things stand for their ids."""
    return Row("POST", endpoint, arguments, answers, form)
