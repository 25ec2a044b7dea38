"""Thousands of made-up requests by the document's own schemas: no 500, and every answer as the document says."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ensure_resource_availability, positive_data_acceptance, use_after_free

from app.core.web import App
from tests.api.conftest import Scene
from tests.market.factories import make_open_licence
from tests.market.licences.world import noticed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore")]

# A slot may keep the schema and still break a rule (past, closed, taken), so well-formed input may be refused.
LEFT_OUT = [positive_data_acceptance, use_after_free, ensure_resource_availability]


@pytest.mark.parametrize("places", ["real things", "made-up things"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_api_answers_as_its_document_says(app: App, scene: Scene, mode: GenerationMode, places: str) -> None:
    """Every operation, with well-formed and with broken input, by somebody who may do much."""
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    declared = make_open_licence()
    there = {
        "instrument_id": str(scene.instrument_id), "reservation_id": str(scene.book()["id"]),
        "open_licence_id": str(declared.id), "patent_id": str(declared.patent_id),
        "licence_id": str(noticed(declared, scene.customer).id),
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {scene.tokens['customer']}"}
    faults, operations = [], 0
    for found in document.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        names = {parameter.name for parameter in operation.path_parameters}
        fixed = {name: there[name] for name in names} if places == "real things" else None
        if fixed == {}:
            continue
        operations += 1
        try:
            search(operation.as_strategy(mode, path_parameters=fixed), headers)
        except Unsatisfiable:  # nothing about this operation can be broken
            continue
        except (Exception, BaseExceptionGroup) as fault:
            faults.append(f"{operation.label}: {fault}")
    assert operations > 5
    assert not faults, "\n\n".join(faults)


def search(strategy: Any, headers: dict[str, str]) -> None:
    """Send what the strategy makes up. Raises at the first answer that breaks a promise."""

    @settings(
        max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    @given(case=strategy)
    def send(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT)

    send()
