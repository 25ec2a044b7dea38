"""Jishi 技市: a marketplace for technology services and shared research equipment; `create_app` lists its parts."""

from app.accounts import module as accounts
from app.admin import module as admin
from app.api import module as api
from app.config import Config
from app.core.database import init_database
from app.core.filters import init_filters
from app.core.hosts import own_names
from app.core.i18n import init_i18n
from app.core.logging import configure_logging
from app.core.static import init_static, release_of
from app.core.tasks import init_tasks
from app.core.templating import init_templating
from app.core.upkeep import init_upkeep
from app.core.web import FILE_HEADERS, App, init_web
from app.demo import module as demo
from app.equipment import module as equipment
from app.files import module as files
from app.imports import module as imports
from app.ledger import module as ledger
from app.market import module as market
from app.notifications import module as notifications
from app.search import module as search
from app.settlement import module as settlement
from app.site import module as site

# Lower modules first: what stands later may use what stands earlier.
MODULES = (
    notifications, files, search, accounts, imports, ledger, settlement, equipment, market, admin, site, api, demo,
)  # fmt: skip


def create_app(config: Config | None = None) -> App:
    """The whole application, ready to serve, from the environment unless a configuration is given."""
    config = config or Config.from_environment()
    release = release_of()
    app = App(
        __name__, static_folder="../static", static_url_path=f"/static/{release}", template_folder="core/templates"
    )
    app.config.update(SECRET_KEY=config.secret_key, TESTING=config.testing, JISHI=config)
    configure_logging(pretty=not config.is_production)
    init_static(app, release, FILE_HEADERS)
    init_web(app, secure=config.is_secure, hosts=own_names(config.public_url, config.trusted_hosts))
    init_database(app, config.database_url)
    init_i18n(app)
    init_templating(app)
    init_filters(app)
    init_tasks(app, config.broker_url)
    init_upkeep(app)
    for module in MODULES:
        module.init_module(app)
    return app
