"""What a web server loads: ``gunicorn wsgi:app``."""

import sys

from app import create_app
from app.config import ConfigurationError

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"{error}")
