"""Where the owner talks with his customers, and who else may."""

from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.telegram.sandbox.client import Json
from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey


async def claimed(stage: Stage, name: str, words: str) -> tuple[int, Json]:
    """A customer whose lead Anna has taken, and its card in the sales chat."""
    person = await stage.sandbox.create(name)
    await stage.sandbox.send(person, person, words)
    card = await stage.card(stage.sales, name)
    await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
    return person, card


def exactly(text: str) -> Callable[[Json], bool]:
    return lambda message: bool(message.get("text") == text)


def said_to(messages: list[Json]) -> str:
    return "\n".join(message["text"] or "" for message in messages)


async def test_each_customer_is_a_topic_of_the_owners_private_chat(tmp_path: Path) -> None:
    async with on_stage(tmp_path, topics=True) as stage:
        sandbox = stage.sandbox
        await stage.opens_bot(stage.anna)
        ivan, _ = await claimed(stage, "Иван", "Хочу заказать стол")
        olga, _ = await claimed(stage, "Ольга", "Хочу заказать стул")
        table = await stage.card(stage.anna, "Хочу заказать стол", predicate=stage.in_topic)
        chair = await stage.card(stage.anna, "Хочу заказать стул", predicate=stage.in_topic)
        assert table["message_thread_id"] != chair["message_thread_id"]

        await sandbox.send(stage.anna, stage.anna, "Стул готов", thread=chair["message_thread_id"])
        await stage.card(olga, "Стул готов")
        note = await sandbox.send(stage.anna, stage.anna, "// просит скидку", thread=chair["message_thread_id"])
        await sandbox.send(stage.anna, stage.anna, "Стол готов", thread=table["message_thread_id"])
        await stage.card(ivan, "Стол готов")
        assert note and "скидку" not in said_to(await sandbox.messages(olga))

        await sandbox.delete_topic(stage.anna, stage.anna, chair["message_thread_id"])
        await sandbox.send(olga, olga, "А когда привезёте?")
        again = await stage.card(stage.anna, "А когда привезёте?", predicate=exactly("А когда привезёте?"))
        assert again["message_thread_id"] != chair["message_thread_id"], "a deleted topic is rebuilt"
        replayed = await sandbox.messages(stage.anna, again["message_thread_id"], from_bot=True)
        ours = stage.says("relay.ours", author="Анна Смирнова", text="Стул готов")
        assert [m["text"] for m in replayed[-3:]] == ["Хочу заказать стул", ours, "А когда привезёте?"]


async def test_without_topics_the_bot_asks_to_whom(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        await stage.opens_bot(stage.anna)
        ivan, _ = await claimed(stage, "Иван", "Хочу заказать стол")
        await stage.card(stage.anna, "Хочу заказать стол")
        await sandbox.send(stage.anna, stage.anna, "Один клиент: понятно кому")
        await stage.card(ivan, "понятно кому")

        olga, _ = await claimed(stage, "Ольга", "Хочу заказать стул")
        await stage.card(stage.anna, "Хочу заказать стул")
        await sandbox.send(stage.anna, stage.anna, "Привезём в среду")
        question = await stage.card(stage.anna, says("ask.where"))
        assert "среду" not in said_to(await sandbox.messages(ivan)) + said_to(await sandbox.messages(olga))
        await stage.tap(stage.anna, stage.anna, question, "Ольга")
        await stage.card(olga, "Привезём в среду")
        assert "среду" not in said_to(await sandbox.messages(ivan))


async def test_the_team_forum_shows_every_talk_and_only_the_owner_speaks(tmp_path: Path) -> None:
    async with on_stage(tmp_path, forum=True, CONVERSATIONS="topics") as stage:
        sandbox = stage.sandbox
        ivan, _ = await claimed(stage, "Иван", "Хочу заказать стол")
        head = await stage.card(stage.sales, "Хочу заказать стол", predicate=stage.in_topic)
        topic = head["message_thread_id"]
        await sandbox.send(stage.boris, stage.sales, "Я бы скинул цену", thread=topic)
        hers = await sandbox.send(stage.anna, stage.sales, "Стол есть", thread=topic)
        await stage.card(ivan, "Стол есть")
        await sandbox.send(stage.boris, stage.sales, "молодец", reply_to=hers)
        await sandbox.send(stage.anna, stage.sales, "Везём?", thread=topic)
        await stage.card(ivan, "Везём?")
        heard = said_to(await sandbox.messages(ivan))
        assert "цену" not in heard and "молодец" not in heard

        await sandbox.close_topic(stage.chief, stage.sales, topic)
        await sandbox.send(ivan, ivan, "Да, везите")
        await stage.card(stage.sales, "Да, везите", predicate=stage.in_topic)


async def test_everything_travels_both_ways(tmp_path: Path) -> None:
    """Photos, voice, files, albums, edits and quotations; and what did not arrive is said."""
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        await stage.opens_bot(stage.anna)
        ivan, _ = await claimed(stage, "Иван", "Хочу заказать стол")
        first = await stage.card(stage.anna, "Хочу заказать стол", replied=True)
        await sandbox.send_photo(ivan, ivan, caption="вот такой")
        await stage.card(stage.anna, "вот такой")
        await sandbox.send_voice(ivan, ivan)
        await stage.thing(stage.anna, "voice")
        album = await sandbox.send_album(ivan, ivan, [None, None, None], caption="альбом")
        assert len(album) == 3
        await stage.thing(stage.anna, "photo", count=4)

        typo = await sandbox.send(stage.anna, stage.anna, "Стол готв", reply_to=first["message_id"])
        reply = await stage.card(ivan, "Стол готв")
        assert reply["reply_to_message"]["text"] == "Хочу заказать стол"
        await sandbox.edit(stage.anna, stage.anna, typo, "Стол готов")
        await stage.card(ivan, "Стол готов")
        wish = await sandbox.send(ivan, ivan, "Доставка в среду")
        await stage.card(stage.anna, "Доставка в среду")
        await sandbox.edit(ivan, ivan, wish, "Доставка в пятницу")
        await stage.card(stage.anna, "Доставка в пятницу")

        await sandbox.block(ivan)
        lost = await sandbox.send(stage.anna, stage.anna, "Вы где?")
        notice = await stage.card(stage.anna, says("not_delivered", why=says("why.blocked")))
        assert notice["reply_to_message"]["message_id"] == lost
        assert not await stage.reactions(stage.anna, lost)


async def test_an_owner_who_never_opened_the_bot(tmp_path: Path) -> None:
    """The claim stands at once, and the conversation waits until she opens the bot."""
    async with on_stage(tmp_path) as stage:
        ivan, _ = await claimed(stage, "Иван", "Хочу заказать стол")
        await stage.sandbox.send(ivan, ivan, "Вы здесь?")
        await stage.sandbox.start(stage.anna, "lead_1")
        await stage.card(stage.anna, "Хочу заказать стол", replied=True)
        await stage.card(stage.anna, "Вы здесь?", replied=True)
