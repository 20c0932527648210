"""Messages of the bot and of people: what they carry, copies, media, files, keyboards."""

from typing import Any

import aiohttp
import pytest

from integrations.telegram.sandbox import SandboxClient, SandboxError
from integrations.telegram.sandbox.images import PIXEL
from tests.integrations.telegram.sandbox.calls import Api

MEGABYTE = 1 << 20


async def upload(api: Api, method: str, field: str, content: bytes, name: str, **params: Any) -> tuple[int, Any]:
    form = aiohttp.FormData({key: str(value) for key, value in params.items()})
    form.add_field(field, content, filename=name)
    async with api.http.post(f"{api.base}/{method}", data=form) as response:
        return response.status, await response.json()


async def test_all_ways_to_pass_parameters(api: Api, anna: int) -> None:
    url, params = f"{api.base}/sendMessage", {"chat_id": str(anna), "text": "ж & <b>", "disable_notification": "true"}
    for call in (
        api.http.get(url, params=params),
        api.http.post(url, params=params),
        api.http.post(url, data=params),
        api.http.post(url, json=params),
        api.http.post(f"{api.base}/SENDMESSAGE", data=params),
    ):
        async with call as response:
            assert (await response.json())["result"]["text"] == "ж & <b>"
        await api.people.advance(3)
    form = aiohttp.FormData(params, default_to_multipart=True)
    async with api.http.post(url, data=form) as response:
        assert (await response.json())["result"]["text"] == "ж & <b>"


async def test_a_message_of_a_person(api: Api, people: SandboxClient, anna: int) -> None:
    first = (await api.updates())[0]["message"]
    assert first["text"] == "/start"
    assert first["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    await people.send(anna, anna, "ответ", reply_to=first["message_id"])
    message = (await api.updates())[0]["message"]
    assert message["reply_to_message"]["message_id"] == first["message_id"]
    assert message["from"] == {
        "id": anna,
        "is_bot": False,
        "first_name": "Анна",
        "last_name": "Смирнова",
        "username": "anna",
        "language_code": "ru",
    }
    assert message["chat"] == {
        "id": anna,
        "type": "private",
        "first_name": "Анна",
        "last_name": "Смирнова",
        "username": "anna",
    }


async def test_a_start_payload_and_an_edit(api: Api, people: SandboxClient, anna: int) -> None:
    message = await people.start(anna, "ad_42")
    await people.edit(anna, anna, message, "иначе")
    texts = [next(iter(list(update.values())[1:]))["text"] for update in await api.updates()]
    assert texts == ["/start", "/start ad_42", "иначе"]
    stored = (await people.messages(anna))[-1]
    assert [entry["content"]["text"] for entry in stored["history"]] == ["/start ad_42"]


async def test_supergroups_count_their_own_messages(api: Api, people: SandboxClient, anna: int, boss: int) -> None:
    one = await people.create_group("1", [boss])
    two = await people.create_group("2", [boss])
    numbers = [await people.send(boss, chat, "x") for chat in (one, two, one)]
    assert numbers == [3, 3, 4]
    private = await people.send(anna, anna, "x")
    assert (await api("sendMessage", chat_id=anna, text="x"))["message_id"] == private + 1


async def test_a_copy_and_a_forward(api: Api, people: SandboxClient, anna: int, team: int) -> None:
    source = await people.send_photo(anna, anna, caption="смотрите")
    place = {"chat_id": team, "from_chat_id": anna, "message_id": source}
    copied = (await api("copyMessage", **place))["message_id"]
    await api("copyMessage", **place, caption="другая")
    forwarded = await api("forwardMessage", **place)
    assert forwarded["forward_origin"]["sender_user"]["id"] == anna
    first, second = (await people.messages(team, after=copied - 1))[:2]
    assert "forward_origin" not in first
    assert (first["caption"], second["caption"]) == ("смотрите", "другая")
    assert first["photo"][-1]["file_unique_id"] == forwarded["photo"][-1]["file_unique_id"]


async def test_service_and_protected_messages_are_not_copied(api: Api, people: SandboxClient, team: int) -> None:
    service = (await people.messages(team))[0]["message_id"]
    place = {"chat_id": team, "from_chat_id": team}
    refusal = (400, "Bad Request: message can't be copied")
    assert await api.refusal("copyMessage", **place, message_id=service) == refusal
    protected = (await api("sendMessage", chat_id=team, text="x", protect_content=True))["message_id"]
    refusal = (400, "Bad Request: message can't be forwarded")
    assert await api.refusal("forwardMessage", **place, message_id=protected) == refusal


async def test_copies_of_an_album_stay_an_album(api: Api, people: SandboxClient, anna: int, team: int) -> None:
    album = await people.send_album(anna, anna, [None, None], "подпись")
    copies = await api("copyMessages", chat_id=team, from_chat_id=anna, message_ids=album)
    stored = [m for m in await people.messages(team) if m["message_id"] in {c["message_id"] for c in copies}]
    assert len({message["media_group_id"] for message in stored}) == 1
    assert len({update["message"]["media_group_id"] for update in (await api.updates())[-2:]}) == 1


async def test_every_kind_of_a_persons_message(api: Api, people: SandboxClient, anna: int) -> None:
    await people.send_photo(anna, anna)
    await people.send_document(anna, anna, b"text", "price.txt")
    await people.send_voice(anna, anna)
    await people.send_video_note(anna, anna)
    await people.send_sticker(anna, anna)
    await people.send_location(anna, anna, 55.75, 37.6)
    await people.send_contact(anna, anna)
    await people.send_contact(anna, anna, "+15550001", first_name="Другой")
    await people.send_poll(anna, anna, "Да?", ["да", "нет"])
    messages = [update["message"] for update in await api.updates()][1:]
    kinds = ["photo", "document", "voice", "video_note", "sticker", "location", "contact", "contact", "poll"]
    assert [next(kind for kind in kinds if kind in message) for message in messages] == kinds
    assert messages[6]["contact"]["user_id"] == anna
    assert "user_id" not in messages[7]["contact"]


@pytest.mark.parametrize(
    ("method", "field", "content", "name"),
    [
        ("sendPhoto", "photo", PIXEL, "a.png"),
        ("sendDocument", "document", b"x", "a.txt"),
        ("sendVoice", "voice", b"x", "a.ogg"),
        ("sendVideo", "video", b"x", "a.mp4"),
        ("sendVideoNote", "video_note", b"x", "a.mp4"),
        ("sendSticker", "sticker", b"x", "a.webp"),
        ("sendAudio", "audio", b"x", "a.mp3"),
        ("sendAnimation", "animation", b"x", "a.mp4"),
    ],
)
async def test_a_file_sent_again_by_its_identifier(
    api: Api, anna: int, method: str, field: str, content: bytes, name: str
) -> None:
    status, body = await upload(api, method, field, content, name, chat_id=anna)
    assert status == 200, body
    again = await api(method, chat_id=anna, **{field: _file_id(body["result"][field])})
    assert _unique(again[field]) == _unique(body["result"][field])
    mismatch = "sendDocument" if method != "sendDocument" else "sendVoice"
    other = "document" if method != "sendDocument" else "voice"
    assert (await api.refusal(mismatch, chat_id=anna, **{other: _file_id(again[field])}))[0] == 400


def _file_id(media: Any) -> str:
    return str((media[-1] if isinstance(media, list) else media)["file_id"])


def _unique(media: Any) -> str:
    return str((media[-1] if isinstance(media, list) else media)["file_unique_id"])


async def test_downloads(api: Api, people: SandboxClient, anna: int) -> None:
    await people.send_document(anna, anna, b"content", "price.txt")
    await people.send_document(anna, anna, name="film.mkv", size=21 * MEGABYTE)
    small, large = [update["message"]["document"] for update in (await api.updates())[1:]]
    path = (await api("getFile", file_id=small["file_id"]))["file_path"]
    async with api.http.get(f"{api.running.url}/file/bot{api.running.token}/{path}") as response:
        assert await response.read() == b"content"
    async with api.http.get(f"{api.running.url}/file/bot{api.running.token}/nothing") as response:
        assert response.status == 404
    assert await api.refusal("getFile", file_id=large["file_id"]) == (400, "Bad Request: file is too big")


async def test_limits_of_uploads(api: Api, anna: int) -> None:
    status, body = await upload(api, "sendPhoto", "photo", PIXEL + bytes(10 * MEGABYTE), "a.png", chat_id=anna)
    assert status == 400
    assert "is too big for a photo" in body["description"]
    status, body = await upload(api, "sendPhoto", "photo", b"not a picture", "a.png", chat_id=anna)
    assert body["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    status, body = await upload(api, "sendDocument", "document", bytes(50 * MEGABYTE + 1), "a", chat_id=anna)
    assert (status, body["description"]) == (413, "Request Entity Too Large")
    status, body = await upload(api, "sendDocument", "document", b"", "a", chat_id=anna)
    assert body["description"] == "Bad Request: file must be non-empty"


async def test_an_album_of_uploads(api: Api, people: SandboxClient, anna: int) -> None:
    await people.unlimited()
    media = '[{"type":"photo","media":"attach://one","caption":"x"},{"type":"photo","media":"attach://one"}]'
    status, body = await upload(api, "sendMediaGroup", "one", PIXEL, "a.png", chat_id=anna, media=media)
    assert status == 200, body
    assert len({message["media_group_id"] for message in body["result"]}) == 1
    status, body = await upload(api, "sendMediaGroup", "two", PIXEL, "a.png", chat_id=anna, media=media)
    assert (status, body["description"]) == (400, 'Bad Request: can\'t find attached file "one"')
    assert (await api.refusal("sendMediaGroup", chat_id=anna, media=[]))[0] == 400


async def test_other_media_in_place_of_media(api: Api, people: SandboxClient, anna: int) -> None:
    await people.unlimited()
    _, body = await upload(api, "sendPhoto", "photo", PIXEL, "a.png", chat_id=anna, caption="x")
    photo = body["result"]
    edit = {"chat_id": anna, "message_id": photo["message_id"]}
    assert (await api("editMessageCaption", **edit, caption="y"))["caption"] == "y"
    media = {"type": "photo", "media": photo["photo"][-1]["file_id"], "caption": "z"}
    assert (await api("editMessageMedia", **edit, media=media))["caption"] == "z"
    assert await api.refusal("editMessageText", **edit, text="x") == (
        400,
        "Bad Request: there is no text in the message to edit",
    )
    text = await api("sendMessage", chat_id=anna, text="x")
    assert await api.refusal("editMessageCaption", chat_id=anna, message_id=text["message_id"], caption="x") == (
        400,
        "Bad Request: there is no caption in the message to edit",
    )


async def test_the_longest_caption(api: Api, anna: int) -> None:
    status, _ = await upload(api, "sendPhoto", "photo", PIXEL, "a.png", chat_id=anna, caption="x" * 1024)
    assert status == 200
    status, body = await upload(api, "sendPhoto", "photo", PIXEL, "a.png", chat_id=anna, caption="x" * 1025)
    assert body["description"] == "Bad Request: message caption is too long"


async def test_replies_with_quotes(api: Api, anna: int) -> None:
    first = await api("sendMessage", chat_id=anna, text="раз два три")
    quote = {"message_id": first["message_id"], "quote": "два"}
    reply = await api("sendMessage", chat_id=anna, text="x", reply_parameters=quote)
    assert reply["quote"] == {"text": "два", "position": 4, "is_manual": True}
    wrong = {"message_id": first["message_id"], "quote": "семь"}
    refusal = (400, "Bad Request: QUOTE_TEXT_INVALID")
    assert await api.refusal("sendMessage", chat_id=anna, text="x", reply_parameters=wrong) == refusal


async def test_pins(api: Api, people: SandboxClient, team: int) -> None:
    message = await api("sendMessage", chat_id=team, text="x")
    await api.updates()
    await api("pinChatMessage", chat_id=team, message_id=message["message_id"])
    assert await api.kinds() == ["pinned_message"]
    assert (await api("getChat", chat_id=team))["pinned_message"]["message_id"] == message["message_id"]
    await api("unpinChatMessage", chat_id=team)
    assert "pinned_message" not in await api("getChat", chat_id=team)
    await people.set_bot_member(team, "administrator", {"can_pin_messages": False})
    assert await api.refusal("pinChatMessage", chat_id=team, message_id=message["message_id"]) == (
        400,
        "Bad Request: not enough rights to manage pinned messages in the chat",
    )


async def test_the_reply_keyboard_a_person_sees(api: Api, people: SandboxClient, anna: int) -> None:
    await api("sendMessage", chat_id=anna, text="x", reply_markup={"keyboard": [["Да", "Нет"]]})
    assert (await people.view(anna))["chats"][0]["keyboard"]["keyboard"] == [[{"text": "Да"}, {"text": "Нет"}]]
    await api("sendMessage", chat_id=anna, text="x", reply_markup={"remove_keyboard": True})
    assert (await people.view(anna))["chats"][0]["keyboard"] is None


async def test_what_people_cannot_do(people: SandboxClient, anna: int, boss: int, team: int) -> None:
    message = await people.send(anna, anna, "x")
    for attempt in (
        people.send(anna, team, "x"),
        people.send(boss, anna, "x"),
        people.edit(boss, anna, message, "y"),
        people.send(anna, anna, "x" * 4097),
        people.tap(anna, anna, message, "кнопка"),
        people.send(boss, team, "x", thread=77),
        people.send(anna, 404, "x"),
        people.act("dance"),
    ):
        with pytest.raises(SandboxError):
            await attempt


async def test_a_private_chat_is_seen_by_its_owner_alone(people: SandboxClient, anna: int, boss: int) -> None:
    await people.send(anna, anna, "секрет")
    assert [m["text"] for m in (await people.view(anna))["chats"][0]["messages"]] == ["/start", "секрет"]
    assert (await people.view(boss))["chats"][0]["messages"] == []


async def test_waiting_for_the_bot(api: Api, people: SandboxClient, anna: int) -> None:
    await api("sendMessage", chat_id=anna, text="ваш номер 17")
    assert (await people.wait_for(anna, "номер"))["text"] == "ваш номер 17"
    with pytest.raises(TimeoutError):
        await people.wait_for(anna, "другое", timeout=0.05)


async def test_a_persons_reaction_is_told_and_the_bots_own_is_not(api: Api, people: SandboxClient, anna: int) -> None:
    await api.updates(allowed_updates=["message_reaction"])
    said = (await api("sendMessage", chat_id=anna, text="готово"))["message_id"]
    await api("setMessageReaction", chat_id=anna, message_id=said, reaction=[{"type": "emoji", "emoji": "👌"}])
    for emoji in ("❤", "❤", "5368324170671202286", None):
        await people.react(anna, anna, said, emoji)
    told = [update["message_reaction"] for update in await api.updates()]
    assert [(each["old_reaction"], each["new_reaction"]) for each in told] == [
        ([], heart := [{"type": "emoji", "emoji": "❤"}]),
        (heart, own := [{"type": "custom_emoji", "custom_emoji_id": "5368324170671202286"}]),
        (own, []),
    ]
    assert {(each["user"]["id"], each["chat"]["id"], each["message_id"]) for each in told} == {(anna, anna, said)}
    with pytest.raises(SandboxError, match="no reaction"):
        await people.react(anna, anna, said, "😀😀")


@pytest.mark.parametrize("kind", ["giveaway", "paid_media", "invoice"])
async def test_what_cannot_be_copied_can_be_forwarded(api: Api, people: SandboxClient, anna: int, kind: str) -> None:
    sent = await people.send_content(anna, anna, kind, {})
    place = {"chat_id": anna, "from_chat_id": anna, "message_id": sent}
    assert await api.refusal("copyMessage", **place) == (400, "Bad Request: message can't be copied")
    assert kind in await api("forwardMessage", **place)
