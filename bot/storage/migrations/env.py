"""Run by Alembic with the connection and the open transaction that `bot.storage.migrate` hands over."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from bot.storage.tables import metadata
from bot.storage.types import Json, Key, UtcTime, Words


def _render(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our column types by name, and truth as each database spells it, whichever of them wrote the migration."""
    if kind == "server_default" and isinstance(getattr(item, "arg", None), sa.True_ | sa.False_):
        return "sa.true()" if isinstance(item.arg, sa.True_) else "sa.false()"
    if kind != "type":
        return False
    if isinstance(item, Words):
        return "sa.Text()"
    if isinstance(item, UtcTime):
        name = "UtcTime"
    elif item is Key:
        name = "Key"
    elif item is Json:
        name = "Json"
    else:
        return False
    autogen.imports.add(f"from bot.storage.types import {name}")
    return "UtcTime()" if name == "UtcTime" else name


connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    render_as_batch=context.config.attributes.get("batch", True),
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
