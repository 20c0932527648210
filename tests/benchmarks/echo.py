"""The baseline: a bare aiogram bot that copies every private message into one chat and stores nothing."""

import asyncio
import os

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message


async def main() -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"]))
    bot, dispatcher = Bot(os.environ["BOT_TOKEN"], session=session), Dispatcher()
    chats = [int(chat) for chat in os.environ["RELAY_CHATS"].split(",")]

    async def relay(message: Message) -> None:
        await bot.send_message(chats[message.chat.id % len(chats)], message.text or "")

    dispatcher.message.register(relay)
    await dispatcher.start_polling(bot, handle_signals=False)


asyncio.run(main())
