"""The people of the demo, in either language, and what their firm has lived through before one looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.locales import Texts
from integrations.telegram.sandbox.client import Json, SandboxClient

PATIENCE_SECONDS = 60
SATURDAY = 5
BEGINS_AT = 11


@dataclass(frozen=True, slots=True)
class Words:
    """Names, and what the people say."""

    customer: tuple[str, str]
    anna: tuple[str, str]
    boris: tuple[str, str]
    marketer: tuple[str, str]
    manager: tuple[str, str]
    buyer: tuple[str, str]
    dreamer: tuple[str, str]
    sales: str
    marketing: str
    managers: str
    first_words: str
    buys: str
    offer: str
    amount: str
    dreams: str
    reply: str
    link: str


WORDS = {
    "ru": Words(
        customer=("Иван", "Петров"),
        anna=("Анна", "Смирнова"),
        boris=("Борис", "Орлов"),
        marketer=("Мария", "Котова"),
        manager=("Виктор", "Лаптев"),
        buyer=("Елена", "Зимина"),
        dreamer=("Олег", "Рябов"),
        sales="Продажи",
        marketing="Маркетинг",
        managers="Руководители",
        first_words="Здравствуйте! Сколько стоит кухня 3 метра и когда сможете замерить?",
        buys="Хочу заказать шкаф в прихожую, +7 916 123-45-67",
        offer="Елена, здравствуйте! Шкаф – 64\u00a0000\u00a0₽, привезём в пятницу.",
        amount="64 000 шкаф",
        dreams="Сколько стоит кухня? Хотя денег пока нет",
        reply="/t цена = Здравствуйте, {name}! Кухни – от {price} ₽, замер бесплатно.",
        link="/link Яндекс; Осень; Бесплатный замер",
    ),
    "en": Words(
        customer=("John", "Parker"),
        anna=("Anna", "Smith"),
        boris=("Boris", "Eagle"),
        marketer=("Mary", "Cotton"),
        manager=("Victor", "Lapwing"),
        buyer=("Helen", "Winter"),
        dreamer=("Oliver", "Rowan"),
        sales="Sales",
        marketing="Marketing",
        managers="Managers",
        first_words="Hello! How much is a kitchen of 3 metres, and when could you measure?",
        buys="I want to order a wardrobe for the hall, +7 916 123-45-67",
        offer="Hello Helen! The wardrobe is 64,000, and we deliver on Friday.",
        amount="64 000 wardrobe",
        dreams="How much is a kitchen? Though I have no money yet",
        reply="/t price = Hello {name}! Kitchens from {price}, measuring is free.",
        link="/link Google; Autumn; Free measuring",
    ),
}


def seconds_since_last_workday(now: datetime, zone: ZoneInfo) -> float:
    """How far back the story begins: at eleven of the last working day before today."""
    morning = now.astimezone(zone).replace(hour=BEGINS_AT, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while morning.weekday() >= SATURDAY:
        morning -= timedelta(days=1)
    return (now - morning).total_seconds()


@dataclass(frozen=True, slots=True)
class Story:
    sandbox: SandboxClient
    texts: Texts
    words: Words
    sales: int
    marketing: int

    async def live(self, anna: int, boris: int, marketer: int) -> None:
        """A sale, a rejection that waits for marketing, ready words, and a link."""
        sandbox, words, says = self.sandbox, self.words, self.texts.plain
        buyer = await self._writes(words.buyer, "vk__spring__wardrobe", words.buys)
        dreamer = await self._writes(words.dreamer, "yandex__autumn", words.dreams)
        await self._tap(anna, self.sales, words.buyer[0], says("button.claim"))
        await self._tap(boris, self.sales, words.dreamer[0], says("button.claim"))

        head = await self._card(anna, words.buyer[0], says("button.won"))
        await sandbox.send(anna, anna, words.offer, thread=head["message_thread_id"])
        await sandbox.wait_for(buyer, words.offer, PATIENCE_SECONDS)
        await self._tap(anna, anna, words.buyer[0], says("button.won"))
        question = await sandbox.wait_for(anna, "15000", PATIENCE_SECONDS)
        await sandbox.send(anna, anna, words.amount, reply_to=question["message_id"])

        await self._tap(boris, boris, words.dreamer[0], says("button.reject"))
        await self._tap(boris, boris, words.dreamer[0], says("reject.no_budget"))
        await sandbox.wait_for(self.marketing, words.dreamer[0], PATIENCE_SECONDS)
        await sandbox.send(anna, anna, words.reply)
        await sandbox.send(marketer, marketer, words.link)
        await sandbox.wait_for(marketer, "?start=", PATIENCE_SECONDS)
        await sandbox.wait_for(anna, " ".join(words.reply.split()[:2]), PATIENCE_SECONDS)
        await sandbox.wait_for(dreamer, says("greet.received"), PATIENCE_SECONDS)

    async def _writes(self, name: tuple[str, str], payload: str, text: str) -> int:
        person = await self.sandbox.create(*name, language_code=self.texts.locale)
        await self.sandbox.start(person, payload)
        await self.sandbox.send(person, person, text)
        return person

    async def _card(self, chat: int, name: str, label: str) -> Json:
        def offers(message: Json) -> bool:
            rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
            return any(label in button["text"] for row in rows for button in row)

        return await self.sandbox.wait_for(chat, name, PATIENCE_SECONDS, predicate=offers)

    async def _tap(self, person: int, chat: int, name: str, label: str) -> None:
        card = await self._card(chat, name, label)
        await self.sandbox.answer(await self.sandbox.tap(person, chat, card["message_id"], label))
