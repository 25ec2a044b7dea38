"""Alembic's environment: always online, inside the transaction of the caller (`flask database upgrade`)."""

from alembic import context

config = context.config

context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    compare_type=True,
    compare_server_default=False,
    include_object=lambda _thing, name, kind, _reflected, _compared: (
        not (kind == "table" and name == "alembic_version")
    ),
)

with context.begin_transaction():
    context.run_migrations()
