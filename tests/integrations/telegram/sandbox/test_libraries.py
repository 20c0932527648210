"""Two client libraries, strict in different ways, understand every answer and every update."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
import telegram
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat, TelegramRetryAfter
from aiogram.types import BotCommand, BufferedInputFile, InputMediaPhoto, ReactionTypeEmoji, Update

from integrations.telegram.sandbox import SandboxClient
from integrations.telegram.sandbox.images import PIXEL
from integrations.telegram.sandbox.specification import from_environment
from integrations.telegram.sandbox.updates import ALL_KINDS
from tests.integrations.telegram.sandbox.calls import Api

MARKUP: dict[str, Any] = {
    "inline_keyboard": [
        [{"text": "x", "callback_data": "x", "style": "success"}, {"text": "u", "url": "https://e.com"}]
    ]
}


@pytest_asyncio.fixture(autouse=True)
async def within_the_specification(api: Api) -> AsyncIterator[None]:
    api.running.sandbox.specification = from_environment()
    yield
    assert not await api.people.violations()


@pytest_asyncio.fixture
async def bot(api: Api) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(api.running.url))
    bot = Bot(api.running.token, session=session)
    yield bot
    await session.close()


@pytest_asyncio.fixture
async def second(api: Api) -> AsyncIterator[telegram.Bot]:
    base = f"{api.running.url}/bot"
    async with telegram.Bot(api.running.token, base_url=base, base_file_url=f"{api.running.url}/file/bot") as bot:
        yield bot


async def everything_a_person_does(people: SandboxClient, api: Api, anna: int, boss: int, team: int) -> None:
    """Makes at least one update of every kind the sandbox knows."""
    await people.send(anna, anna, "https://e.com +7 900 123-45-67 @boss #лид me@e.com")
    message = await people.send_photo(anna, anna, caption="фото")
    await people.edit(anna, anna, message, "другое")
    await people.send_document(anna, anna)
    await people.send_voice(anna, anna)
    await people.send_video_note(anna, anna)
    await people.send_sticker(anna, anna)
    await people.send_location(anna, anna, 55.75, 37.6)
    await people.send_contact(anna, anna)
    await people.send_poll(anna, anna, "Да?", ["да", "нет"])
    await people.send_album(anna, anna, [None, None], "альбом")
    card = await api("sendMessage", chat_id=anna, text="<b>x</b>", parse_mode="HTML", reply_markup=MARKUP)
    await people.tap(anna, anna, card["message_id"], "x")
    topic = await people.create_topic(boss, team, "Тема")
    await people.send(boss, team, "в теме", thread=topic)
    await people.close_topic(boss, team, topic)
    await people.reopen_topic(boss, team, topic)
    await people.join(anna, team)
    await people.promote(anna, team)
    await people.react(anna, team, await people.send(boss, team, "x"), "👍")
    await people.kick(anna, team)
    own = await api("sendMessage", chat_id=team, text="x")
    await api("pinChatMessage", chat_id=team, message_id=own["message_id"])
    await api("forwardMessage", chat_id=team, from_chat_id=team, message_id=own["message_id"])
    await people.set_bot_member(team, "restricted", {"can_send_messages": True})
    await people.set_bot_member(team, "administrator")
    group = await people.create_group("Малая", [boss], kind="group")
    await people.migrate(group)
    await people.block(anna)
    await people.unblock(anna)


async def test_every_update_is_understood_by_both(
    api: Api, people: SandboxClient, bot: Bot, second: telegram.Bot, anna: int, boss: int, team: int
) -> None:
    await api("getUpdates", allowed_updates=sorted(ALL_KINDS))
    await everything_a_person_does(people, api, anna, boss, team)
    updates = await api("getUpdates")
    kinds = {key for update in updates for key in update if key != "update_id"}
    expected = {"message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction"}
    assert kinds == expected
    for update in updates:
        strict = Update.model_validate(update)
        assert strict.event_type in expected
        assert _unknown_fields(strict.event) == set()
        assert telegram.Update.de_json(update, second).to_dict()["update_id"] == update["update_id"]
    assert len(await bot.get_updates()) == len(await second.get_updates()) == len(updates)


def _unknown_fields(model: Any) -> set[str]:
    """Fields that aiogram does not know; the three are old names that Telegram still sends."""
    old = {"new_chat_participant", "left_chat_participant", "new_chat_member"}
    return set(model.model_extra or {}) - old


async def test_every_result_is_understood_by_aiogram(
    people: SandboxClient, bot: Bot, anna: int, boss: int, team: int
) -> None:
    await people.unlimited()
    picture = BufferedInputFile(PIXEL, "a.png")
    data = BufferedInputFile(b"x", "a.bin")
    assert (await bot.get_me()).username == "sandbox_bot"
    text = await bot.send_message(anna, "<b>x</b>", parse_mode="HTML", reply_markup=MARKUP)  # type: ignore[arg-type]
    photo = await bot.send_photo(anna, picture, caption="x")
    await bot.send_document(anna, data)
    await bot.send_voice(anna, data)
    await bot.send_video(anna, data)
    await bot.send_video_note(anna, data)
    await bot.send_sticker(anna, data)
    await bot.send_audio(anna, data)
    await bot.send_animation(anna, data)
    await bot.send_location(anna, 55.75, 37.6)
    await bot.send_contact(anna, "+79001234567", "Анна")
    album = await bot.send_media_group(anna, [InputMediaPhoto(media=picture), InputMediaPhoto(media=picture)])
    await bot.send_chat_action(anna, "typing")
    await bot.copy_message(team, anna, text.message_id)
    await bot.copy_messages(team, anna, [message.message_id for message in album])
    await bot.forward_message(team, anna, text.message_id)
    await bot.edit_message_text("y", chat_id=anna, message_id=text.message_id)
    await bot.edit_message_reply_markup(chat_id=anna, message_id=text.message_id, reply_markup=MARKUP)  # type: ignore[arg-type]
    await bot.edit_message_caption(chat_id=anna, message_id=photo.message_id, caption="y")
    await bot.edit_message_media(InputMediaPhoto(media=picture), chat_id=anna, message_id=photo.message_id)
    await bot.set_message_reaction(anna, text.message_id, [ReactionTypeEmoji(emoji="👀")])
    await bot.pin_chat_message(anna, text.message_id)
    await bot.unpin_chat_message(anna, message_id=text.message_id)
    for chat in (anna, team):
        assert (await bot.get_chat(chat)).id == chat
    for person in (boss, bot.id, anna):
        await bot.get_chat_member(team, person)
    await bot.get_chat_administrators(team)
    assert await bot.get_chat_member_count(team) == 2
    topic = (await bot.create_forum_topic(team, "Тема")).message_thread_id
    await bot.edit_forum_topic(team, topic, name="Иначе")
    await bot.close_forum_topic(team, topic)
    await bot.reopen_forum_topic(team, topic)
    await bot.delete_forum_topic(team, topic)
    assert photo.photo is not None
    file = await bot.get_file(photo.photo[-1].file_id)
    assert file.file_path is not None
    downloaded = await bot.download_file(file.file_path)
    assert downloaded is not None
    assert downloaded.read() == PIXEL
    await bot.set_my_commands([BotCommand(command="start", description="Начать")])
    assert len(await bot.get_my_commands()) == 1
    await bot.set_my_description("x")
    await bot.set_my_short_description("x")
    await bot.set_webhook("http://127.0.0.1:9/", secret_token="s")
    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/"
    await bot.delete_webhook()
    await bot.delete_message(anna, text.message_id)
    await bot.delete_messages(anna, [message.message_id for message in album])
    await bot.leave_chat(team)


async def test_every_result_is_understood_by_the_second_library(
    people: SandboxClient, second: telegram.Bot, anna: int, boss: int, team: int
) -> None:
    await people.unlimited()
    assert second.username == "sandbox_bot"
    markup = telegram.InlineKeyboardMarkup.de_json(MARKUP, second)
    text = await second.send_message(anna, "<b>x</b>", parse_mode="HTML", reply_markup=markup)
    photo = await second.send_photo(anna, PIXEL, caption="x")
    for send in (second.send_document, second.send_voice, second.send_video, second.send_video_note):
        await send(anna, b"x")
    for send_more in (second.send_sticker, second.send_audio, second.send_animation):
        await send_more(anna, b"x")
    await second.send_location(anna, 55.75, 37.6)
    await second.send_contact(anna, "+79001234567", "Анна")
    media = [telegram.InputMediaPhoto(PIXEL), telegram.InputMediaPhoto(PIXEL)]
    album = await second.send_media_group(anna, media)
    await second.copy_message(team, anna, text.message_id)
    await second.copy_messages(team, anna, [message.message_id for message in album])
    await second.forward_message(team, anna, text.message_id)
    await second.edit_message_text("y", anna, text.message_id)
    await second.edit_message_caption(anna, photo.message_id, caption="y")
    await second.set_message_reaction(anna, text.message_id, "👀")
    for chat in (anna, team):
        assert (await second.get_chat(chat)).id == chat
    for person in (boss, second.id, anna):
        await second.get_chat_member(team, person)
    assert len(await second.get_chat_administrators(team)) == 2
    topic = await second.create_forum_topic(team, "Тема")
    assert await second.close_forum_topic(team, topic.message_thread_id)
    file = await second.get_file(photo.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == PIXEL
    assert await second.set_my_commands([("start", "Начать")])
    assert (await second.get_webhook_info()).url == ""


async def test_errors_become_the_exceptions_of_aiogram(
    people: SandboxClient, bot: Bot, anna: int, boss: int, team: int
) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(404, "x")
    group = await people.create_group("Малая", [boss], kind="group")
    await people.migrate(group)
    with pytest.raises(TelegramMigrateToChat):
        await bot.send_message(group, "x")
    await people.block(anna)
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(anna, "x")
    with pytest.raises(TelegramRetryAfter) as refusal:
        for _ in range(21):
            await bot.send_message(team, "x")
    assert refusal.value.retry_after > 50


async def test_answers_are_plain_json(api: Api) -> None:
    async with api.http.get(f"{api.base}/getMe") as response:
        assert response.content_type == "application/json"
        assert orjson.loads(await response.read())["ok"] is True
