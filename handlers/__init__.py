"""The team's side of Telegram: taps, commands, words. The routers in the order in which they are asked."""

from aiogram import Dispatcher

from handlers import commands, members, taps, words


def build_dispatcher() -> Dispatcher:
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.include_routers(taps.setup(), members.setup(), commands.setup(), words.setup())
    return dispatcher
