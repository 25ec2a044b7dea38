"""What the API brings to the application: the document over the slices' blueprints."""

from app.api import views
from app.core.api import Api, validation_problem
from app.core.web import App, csrf
from app.equipment.instruments import api as instruments
from app.equipment.reservations import api as reservations
from app.equipment.schedule import api as schedule
from app.equipment.usage import api as usage
from app.market.licences import api as licences
from app.market.patents import api as patents
from app.market.portal import api as open_licences
from app.market.royalties import api as royalties
from app.settlement.statements import api as statements

BLUEPRINTS = (
    views.bp, instruments.bp, schedule.bp, reservations.bp, usage.bp, patents.bp, open_licences.bp, licences.bp,
    royalties.bp, statements.bp,
)  # fmt: skip


def init_module(app: App) -> None:
    """Register every slice's API and describe it as OpenAPI 3.1."""
    app.config.update(
        API_TITLE="Jishi",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Shared instruments: find, quote, book, use, settle. Open patent licences: find.",
                "license": {"name": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}, {}],
        },
    )
    api = Api(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
        csrf.exempt(blueprint)
    app.register_error_handler(422, validation_problem)
