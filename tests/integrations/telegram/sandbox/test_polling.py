"""Updates by long poll: offsets, retention, conflicts, kinds, and the troubles of a queue."""

import asyncio

from integrations.telegram.sandbox import SandboxClient, run_sandbox
from integrations.telegram.sandbox.methods.updates import WEBHOOK_ACTIVE
from integrations.telegram.sandbox.polling import SECOND_POLLER
from tests.integrations.telegram.sandbox.calls import Api


async def test_an_update_comes_until_it_is_confirmed(api: Api, people: SandboxClient, anna: int) -> None:
    await people.send(anna, anna, "два")
    first = await api("getUpdates")
    assert [update["message"]["text"] for update in first] == ["/start", "два"]
    assert first[1]["update_id"] == first[0]["update_id"] + 1
    assert await api("getUpdates", offset=first[0]["update_id"]) == first
    assert await api("getUpdates", limit=1) == first[:1]
    assert await api("getUpdates", offset=first[1]["update_id"]) == first[1:]
    assert await api("getUpdates") == first[1:]
    assert await api("getUpdates", offset=first[1]["update_id"] + 1) == []
    assert await api("getUpdates") == []


async def test_a_negative_offset_forgets_the_rest(api: Api, people: SandboxClient, anna: int) -> None:
    for text in ("два", "три"):
        await people.send(anna, anna, text)
    assert [update["message"]["text"] for update in await api("getUpdates", offset=-1)] == ["три"]
    assert len(await api("getUpdates")) == 1


async def test_a_poll_waits_for_an_update(api: Api, people: SandboxClient, anna: int) -> None:
    await api.updates()
    poll = asyncio.create_task(api.updates(timeout=20))
    await people.changes(timeout=0)
    await people.send(anna, anna, "ждали")
    async with asyncio.timeout(15):
        assert [update["message"]["text"] for update in await poll] == ["ждали"]


async def test_a_second_poller_ends_the_first(api: Api) -> None:
    first = asyncio.create_task(api.raw("getUpdates", timeout=20))
    await api.running.sandbox.poller.waits.wait(0, 5)
    assert await api("getUpdates") == []
    status, body = await first
    assert (status, body["description"]) == (409, f"Conflict: {SECOND_POLLER}")


async def test_polling_and_a_webhook_exclude_each_other(api: Api) -> None:
    first = asyncio.create_task(api.raw("getUpdates", timeout=20))
    await api.running.sandbox.poller.waits.wait(0, 5)
    await api("setWebhook", url="http://127.0.0.1:9/")
    status, body = await first
    assert (status, body["description"]) == (409, "Conflict: terminated by setWebhook request")
    assert await api.refusal("getUpdates") == (409, f"Conflict: {WEBHOOK_ACTIVE}")
    await api("deleteWebhook")
    assert await api("getUpdates") == []


async def test_the_kinds_asked_for_are_remembered(api: Api, people: SandboxClient, anna: int, boss: int) -> None:
    await api.updates(allowed_updates=["chat_member"])
    chat = await people.create_group("Команда", [boss])
    await people.join(anna, chat)
    assert await api.kinds() == ["chat_member"]
    await api("getUpdates", allowed_updates=[])
    await people.leave(anna, chat)
    assert await api.kinds() == ["left_chat_member"]


async def test_retention(api: Api, people: SandboxClient, anna: int) -> None:
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    message = await api("sendMessage", chat_id=anna, text="x", reply_markup=markup)
    await people.tap(anna, anna, message["message_id"], "x")
    await people.advance(151)
    assert [*(await api("getUpdates"))[-1]][1] == "message"
    await people.advance(86_400)
    assert await api("getUpdates") == []


async def test_a_restarted_sandbox_reuses_no_identifier(api: Api, people: SandboxClient, anna: int) -> None:
    last = (await api("getUpdates"))[-1]["update_id"]
    async with run_sandbox() as another:
        await another.client.start(await another.client.create("Вера"))
        assert next(iter(another.sandbox.updates.pending)) > last


async def test_an_update_delivered_twice(api: Api, people: SandboxClient, anna: int) -> None:
    await api.updates()
    await people.duplicate_updates()
    await people.send(anna, anna, "дважды")
    first, second, third = await api.updates(), await api.updates(), await api.updates()
    assert first == second
    assert third == []


async def test_updates_in_the_wrong_order(api: Api, people: SandboxClient, anna: int) -> None:
    await api.updates()
    await people.reorder_updates()
    for text in ("один", "два", "три"):
        await people.send(anna, anna, text)
    found = await api.updates()
    assert [update["message"]["text"] for update in found] == ["два", "один", "три"]
    assert [update["update_id"] for update in found] == sorted(update["update_id"] for update in found)


async def test_a_late_update(api: Api, people: SandboxClient, anna: int) -> None:
    await api.updates()
    await people.hold_updates(1, 60)
    await people.send(anna, anna, "поздно")
    await people.send(anna, anna, "вовремя")
    assert [update["message"]["text"] for update in await api.updates()] == ["вовремя"]
    await people.advance(61)
    assert [update["message"]["text"] for update in await api.updates(timeout=5)] == ["поздно"]
