"""Pages of licences."""

from flask import Blueprint

bp = Blueprint("licences", __name__, template_folder="../templates")
