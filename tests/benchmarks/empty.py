"""The floor of pages: a Flask application that says nothing."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def nothing() -> str:
    """Answer with an empty page."""
    return ""
