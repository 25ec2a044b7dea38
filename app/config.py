"""Deploy-time configuration: typed, from the environment, complete or refused at start with a list of faults."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL_ENVIRONMENT = ROOT / "var" / "run" / "environment.json"


REQUIRED = ("SECRET_KEY", "CELERY_BROKER_URL", "PUBLIC_URL")  # of an installation in production


class ConfigurationError(RuntimeError):
    """The environment lacks something or contradicts itself."""


@dataclass(frozen=True)
class Config:
    """Everything that differs between deployments. Business parameters are run-time settings instead."""

    database_url: str
    secret_key: str
    broker_url: str = "memory://"
    environment: str = "development"
    public_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ()
    mail_url: str = ""
    mail_from: str = "Jishi <noreply@jishi.example>"
    sms_url: str = ""
    sms_from: str = ""
    files_root: Path = field(default=ROOT / "var" / "files")
    elasticsearch_url: str = ""
    demo_password: str = ""
    password_profile: str = "asvs"  # noqa: S105 the name of a rule, not a secret
    argon2_time: int = 3
    argon2_memory_kib: int = 65536
    testing: bool = False

    @property
    def is_secure(self) -> bool:
        """Whether people reach the site over TLS, so that cookies must insist on it."""
        return self.public_url.startswith("https://")

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Config":
        """Read the process environment, falling back to what `make run` wrote for a second terminal.

        Raises ConfigurationError with every fault at once.
        """
        values = {**_local_environment(), **(os.environ if environ is None else environ)}
        faults = []
        if not values.get("DATABASE_URL"):
            faults.append("DATABASE_URL is not set: start `make run`, or name a PostgreSQL database")
        environment = values.get("JISHI_ENVIRONMENT", "development")
        if environment not in {"development", "production"}:
            faults.append("JISHI_ENVIRONMENT must be development or production")
        secret = values.get("SECRET_KEY", "")
        if environment == "production":
            faults += [f"{name} is not set" for name in REQUIRED if not values.get(name)]
        if secret and len(secret) < 32:
            faults.append("SECRET_KEY must have at least 32 characters")
        if values.get("PASSWORD_PROFILE", "asvs") not in {"asvs", "mlps3"}:
            faults.append("PASSWORD_PROFILE must be asvs or mlps3")
        if faults:
            raise ConfigurationError("The configuration is incomplete:\n" + "\n".join(f"- {f}" for f in faults))
        return cls(
            database_url=_with_driver(values["DATABASE_URL"]),
            secret_key=secret or secrets.token_hex(32),
            broker_url=values.get("CELERY_BROKER_URL", cls.broker_url),
            environment=environment,
            public_url=values.get("PUBLIC_URL", f"http://127.0.0.1:{values.get('PORT', '8000')}").rstrip("/"),
            trusted_hosts=tuple(host for host in values.get("TRUSTED_HOSTS", "").split(",") if host),
            mail_url=values.get("MAIL_URL", ""),
            mail_from=values.get("MAIL_FROM", cls.mail_from),
            sms_url=values.get("SMS_URL", ""),
            sms_from=values.get("SMS_FROM", ""),
            files_root=Path(values.get("FILES_ROOT", str(ROOT / "var" / "files"))),
            elasticsearch_url=values.get("ELASTICSEARCH_URL", ""),
            demo_password=values.get("DEMO_PASSWORD", ""),
            password_profile=values.get("PASSWORD_PROFILE", "asvs"),
        )


def _local_environment() -> dict[str, str]:
    """What a running `make run` left for other terminals, or nothing."""
    try:
        return dict(json.loads(LOCAL_ENVIRONMENT.read_text()))
    except (OSError, ValueError):
        return {}


def _with_driver(url: str) -> str:
    """Accept the common spellings of a PostgreSQL address and name our driver."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
