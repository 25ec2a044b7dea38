"""What the API brings to the application: the document over the slices' blueprints."""

import importlib

from app.api import views
from app.core.api import Api, validation_problem
from app.core.web import App, csrf


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
                "description": "Shared instruments: find, quote, book, use, settle.",
                "license": {"name": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}, {}],
        },
    )
    api = Api(app)
    blueprints = [views.bp]
    for name in ("equipment.instruments", "equipment.schedule", "equipment.reservations", "equipment.usage", "settlement.statements"):
        try:  # TRANSITIONAL
            blueprints.append(importlib.import_module(f"app.{name}.api").bp)
        except ModuleNotFoundError as error:
            if not str(error.name).endswith("api"):
                raise
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
        csrf.exempt(blueprint)
    app.register_error_handler(422, validation_problem)
