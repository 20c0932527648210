"""Downloads."""

from typing import Any

from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.files import DOWNLOAD_LIMIT
from integrations.telegram.sandbox.methods.registry import Call, method
from integrations.telegram.sandbox.state import Json


@method("getFile", {"file_id": p.text})
def get_file(call: Call) -> Any:
    stored = call.world.files.find(call.args["file_id"])
    if stored.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    result: Json = {"file_id": stored.file_id, "file_unique_id": stored.unique_id}
    return result | {"file_size": stored.size, "file_path": stored.path}
