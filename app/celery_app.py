"""What a Celery worker or beat loads: ``celery -A app.celery_app worker``."""

from app import create_app
from app.core.tasks import celery

__all__ = ["celery"]

create_app()
