"""What a customer in Telegram is told, by whom, and until when; and what travels both ways."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey

PRIVACY = "https://example.org/privacy"
PAIRS = [("sqlite", "ru"), ("postgresql", "en")]


async def reacted(stage: Stage, chat: int, message_id: int, emoji: str | None) -> None:
    """The bot shows this reaction on a message; None: no reaction at all."""

    async def shown() -> bool:
        message = (await stage.sandbox.messages(chat, after=message_id - 1))[0]
        every = [each["emoji"] for own in message["reactions"].values() for each in own if "emoji" in each]
        return emoji in every if emoji else not every

    await stage.sandbox.wait_until(shown, 10, f"no {emoji} on message {message_id}")


@pytest.mark.parametrize(("database_url", "locale"), PAIRS, indirect=["database_url"])
async def test_what_a_customer_is_told(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale, PRIVACY_URL=PRIVACY) as stage:
        await stage.opens_bot(stage.anna, stage.maria_marketer)
        payload = await maria_makes_a_link(stage)
        ivan = await ivan_comes_and_is_told_when(stage, payload)
        await anna_is_introduced_once(stage, ivan)
        await reactions_travel_both_ways(stage, ivan)
        await everything_is_shown(stage, ivan)
        await ivan_stops_and_comes_back(stage, ivan)
        await the_weekend_is_told(stage)
        assert await stage.sandbox.violations() in (None, [])
        assert await stage.refusals() == 0


async def maria_makes_a_link(stage: Stage) -> str:
    sandbox, maria = stage.sandbox, stage.maria_marketer
    asked = await sandbox.send(maria, stage.marketing, "/link")
    question = await stage.card(stage.marketing, stage.plain("ask.link"), replied=True)
    assert question["message_id"] > asked
    await sandbox.send(maria, stage.marketing, "Яндекс; Осенняя распродажа", reply_to=question["message_id"])
    picture = (await stage.thing(stage.marketing, "photo"))[0]
    assert "Яндекс · Осенняя распродажа" in picture["caption"]
    url = next(line for line in picture["caption"].splitlines() if line.startswith("https://"))
    await sandbox.send(maria, maria, "/link  яндекс ; осенняя  распродажа;")
    again = (await stage.thing(maria, "photo"))[0]
    assert url in again["caption"], "the same words are the same link"
    await sandbox.send(stage.anna, stage.anna, "/link vk")
    await stage.card(stage.anna, stage.says("link.only_marketing"))
    return str(parse_qs(urlsplit(url).query)["start"][0])


async def ivan_comes_and_is_told_when(stage: Stage, payload: str) -> int:
    sandbox, says = stage.sandbox, stage.says
    ivan = await sandbox.create("Иван", language_code=stage.texts.locale)
    await sandbox.start(ivan, payload)
    welcome = await stage.card(ivan, says("greet.welcome"))
    links = [entity.get("url") for entity in welcome["entities"]]
    assert PRIVACY in links
    await sandbox.send(ivan, ivan, "Сколько стоит кухня 3 метра?")
    told = await stage.card(ivan, says("greet.received"))
    assert told["text"] == f"{says('greet.received')} {says('wait.minutes', count=45)}", "nobody knows better yet"
    card = await stage.card(stage.sales, "Иван")
    assert "Яндекс · «Осенняя распродажа»" in card["text"].replace("\u00a0", " ")
    await sandbox.advance(46 * 60)
    late = await stage.card(ivan, says("greet.late"))
    assert late["text"].endswith(says("wait.hour"))
    return ivan


async def anna_is_introduced_once(stage: Stage, ivan: int) -> None:
    sandbox, says = stage.sandbox, stage.says
    card = await stage.card(stage.sales, "Иван", predicate=stage.has_button(says("button.claim")))
    await stage.tap(stage.anna, stage.sales, card, says("button.claim"))
    relayed = await stage.card(stage.anna, "Сколько стоит кухня 3 метра?", replied=True)
    for words in ("Здравствуйте!", "От 90 000."):
        sent = await sandbox.send(stage.anna, stage.anna, words, reply_to=relayed["message_id"])
    await stage.until_ticked(stage.anna, sent)
    shown = [message["text"] for message in await sandbox.messages(ivan, from_bot=True)]
    assert shown[-3:] == [says("introduce.sales", name="Анна Смирнова"), "Здравствуйте!", "От 90 000."]
    await sandbox.advance(3600)
    await sandbox.send(ivan, ivan, "Дорого")
    await stage.card(stage.anna, "Дорого")
    assert len(await sandbox.messages(ivan, from_bot=True)) == len(shown), "no automatic word in a live talk"


async def reactions_travel_both_ways(stage: Stage, ivan: int) -> None:
    sandbox = stage.sandbox
    answer = await stage.card(ivan, "От 90 000.")
    own = next(m for m in await sandbox.messages(stage.anna) if m["text"] == "От 90 000.")
    await sandbox.react(ivan, ivan, answer["message_id"], "❤")
    await reacted(stage, stage.anna, own["message_id"], "❤")
    await sandbox.react(ivan, ivan, answer["message_id"], None)
    await reacted(stage, stage.anna, own["message_id"], "👌")
    await sandbox.react(ivan, ivan, answer["message_id"], "5368324170671202286")
    await stage.card(stage.anna, stage.says("told.reaction"))

    relayed = await stage.card(stage.anna, "Дорого")
    words = next(m for m in await sandbox.messages(ivan) if m["text"] == "Дорого")
    await sandbox.react(stage.anna, stage.anna, relayed["message_id"], "🤔")
    await reacted(stage, ivan, words["message_id"], "🤔")
    await sandbox.react(stage.anna, stage.anna, relayed["message_id"], None)
    await reacted(stage, ivan, words["message_id"], None)


async def everything_is_shown(stage: Stage, ivan: int) -> None:
    """What Telegram copies goes as it is; of what it does not copy the words say what it was."""
    sandbox = stage.sandbox
    await sandbox.send_content(ivan, ivan, "dice", {"emoji": "🎲", "value": 5})
    await stage.thing(stage.anna, "dice")
    await sandbox.send_location(ivan, ivan, 55.751244, 37.618423)
    await stage.thing(stage.anna, "location")
    await sandbox.send_poll(ivan, ivan, "Какой цвет?", ["Белый", "Серый"])
    await stage.thing(stage.anna, "poll")
    giveaway = {"chats": [], "winners_selection_date": 1, "winner_count": 1}
    await sandbox.send_content(ivan, ivan, "giveaway", giveaway)
    await stage.card(stage.anna, stage.says("kind.giveaway"))


async def ivan_stops_and_comes_back(stage: Stage, ivan: int) -> None:
    sandbox, says, plain = stage.sandbox, stage.says, stage.plain
    await sandbox.block(ivan)
    await stage.card(stage.anna, plain("told.blocked", name="Иван"))
    await sandbox.unblock(ivan)
    await stage.card(stage.anna, plain("told.unblocked", name="Иван"))
    await sandbox.send(ivan, ivan, "/stop")
    await stage.card(ivan, says("greet.stopped"))
    await stage.card(stage.anna, plain("told.stopped", name="Иван"))
    await stage.card(stage.anna, says("card.stopped"))
    relayed = await stage.card(stage.anna, "Дорого")
    await sandbox.send(stage.anna, stage.anna, "А со скидкой?", reply_to=relayed["message_id"])
    await stage.card(stage.anna, says("refused.stopped"))
    await sandbox.send(ivan, ivan, "Передумал")
    back = await stage.card(stage.anna, "Передумал")
    await stage.card(stage.anna, plain("told.resumed", name="Иван"))
    await sandbox.send(stage.anna, stage.anna, "Рада!", reply_to=back["message_id"])
    await stage.card(ivan, "Рада!")
    assert "А со скидкой?" not in str(await sandbox.messages(ivan))


async def the_weekend_is_told(stage: Stage) -> None:
    sandbox, says = stage.sandbox, stage.says
    await sandbox.advance(4 * 24 * 3600)  # Saturday
    olga = await sandbox.create("Ольга", language_code=stage.texts.locale)
    await sandbox.send(olga, olga, "Хочу заказать стул")
    told = await stage.card(olga, says("greet.received"))
    monday = says("wait.closed", opening=says("opening.mon", time="09:00"), time="09:45")
    assert monday in told["text"]
    assert PRIVACY in str(told["entities"])
