"""aiogram, of whose thousand models only the updates are built. To be imported before anything imports aiogram.

Each model would build a validator of its own, with a copy of all that it refers to: on their own 2.5 s of processor
time and 105 MB, at every start. We let aiogram read updates and nothing else, and all that an update can hold is built
inside it, once. Where aiogram is imported already, it stays as it is.
"""

import sys
from typing import Any

import pydantic

__all__ = ["UNHANDLED", "Bot"]


def _not_now(_cls: type[pydantic.BaseModel], /, **_: Any) -> None:
    """In place of the rebuilding of every single model."""


def _import() -> None:
    rebuild, config = pydantic.BaseModel.__dict__["model_rebuild"], pydantic.BaseModel.model_config
    pydantic.BaseModel.model_rebuild = classmethod(_not_now)  # type: ignore[assignment]
    pydantic.BaseModel.model_config = pydantic.ConfigDict(defer_build=True)
    try:
        from aiogram import types
    finally:
        pydantic.BaseModel.model_rebuild = rebuild  # type: ignore[method-assign]
        pydantic.BaseModel.model_config = config
    for read in (types.Update, types.ErrorEvent):
        read.model_rebuild(_types_namespace=vars(types))


if "aiogram" not in sys.modules:
    _import()

from aiogram import Bot  # noqa: E402
from aiogram.dispatcher.event.bases import UNHANDLED  # noqa: E402
