"""How updates reach the bot: long poll or webhook, never both."""

import re
from typing import Any

import orjson

from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.errors import bad_request, conflict
from integrations.telegram.sandbox.methods.registry import Call, method
from integrations.telegram.sandbox.webhook import Webhook

_LONGEST_POLL = 50
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


def _kinds(call: Call) -> list[str] | None:
    kinds = call.args.get("allowed_updates")
    if kinds is not None and not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("expected an Array of strings as allowed updates")
    return kinds


@method(
    "getUpdates",
    {},
    {"offset": p.integer, "limit": p.integer, "timeout": p.integer, "allowed_updates": p.json_array},
)
async def get_updates(call: Call) -> Any:
    sandbox = call.sandbox
    if sandbox.sender.webhook is not None:
        raise conflict(WEBHOOK_ACTIVE)
    sandbox.world.updates.allow(_kinds(call))
    limit = min(max(call.args.get("limit", 100), 1), 100)
    timeout = min(max(call.args.get("timeout", 0), 0), _LONGEST_POLL)
    batch = await sandbox.poller.poll(call.args.get("offset", 0), limit, timeout)
    return [orjson.Fragment(update.body) for update in batch]


@method(
    "setWebhook",
    {"url": p.text},
    {
        "certificate": p.file,
        "ip_address": p.text,
        "max_connections": p.integer,
        "allowed_updates": p.json_array,
        "drop_pending_updates": p.boolean,
        "secret_token": p.text,
    },
)
def set_webhook(call: Call) -> bool:
    args, sandbox = call.args, call.sandbox
    url, secret = args["url"], args.get("secret_token", "")
    if not re.fullmatch(r"(https?://\S+)?", url):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    sandbox.world.updates.allow(_kinds(call))
    if args.get("drop_pending_updates"):
        sandbox.world.updates.clear()
    sandbox.poller.end("terminated by setWebhook request")
    connections = min(max(args.get("max_connections", 40), 1), 100)
    sandbox.sender.set(Webhook(url, secret, connections) if url else None)
    return True


@method("deleteWebhook", {}, {"drop_pending_updates": p.boolean})
def delete_webhook(call: Call) -> bool:
    if call.args.get("drop_pending_updates"):
        call.world.updates.clear()
    call.sandbox.sender.set(None)
    return True


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Any:
    return call.sandbox.sender.info()
