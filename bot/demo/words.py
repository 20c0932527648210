"""The people of the demo in either language, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    customer: Name
    anna: Name
    boris: Name
    marketer: Name
    manager: Name
    early: Name
    """She has just written when one opens the page, and nobody has taken her."""
    talking: Name
    """Boris is talking with her."""
    sales: str
    marketing: str
    managers: str
    was_sold: str
    early_says: str
    talking_says: str
    talking_answer: str
    asks: tuple[str, ...]
    wants_free: tuple[str, ...]
    answers: tuple[str, ...]
    thanks: tuple[str, ...]
    products: tuple[str, ...]
    names: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """First names, and family names that go with them."""
    offer: str
    crowd: tuple[str, ...]
    while_away: Name
    while_away_says: str
    tour_answer: str
    searched: Mapping[str, str]
    """The marks of whoever came from a search."""


WORDS: Mapping[str, Words] = {
    "ru": Words(
        customer=("Иван", "Петров"),
        anna=("Анна", "Смирнова"),
        boris=("Борис", "Орлов"),
        marketer=("Мария", "Котова"),
        manager=("Виктор", "Лаптев"),
        early=("Елена", "Зимина"),
        talking=("Олег", "Рябов"),
        sales="Продажи",
        marketing="Маркетинг",
        managers="Руководители",
        was_sold="шкаф в прихожую",
        early_says="Хочу заказать шкаф в прихожую, когда сможете замерить? +7 916 123-45-67",
        talking_says="Добрый день! Сколько стоит угловая кухня? Нужна к новому году",
        talking_answer="Олег, здравствуйте! Угловая – от 140\u00a0000\u00a0₽. До нового года успеваем, замер завтра?",
        asks=(
            "Сколько стоит кухня 3 метра?",
            "Нужна кухня под ключ, когда сможете замерить?",
            "Хочу заказать шкаф в прихожую",
            "Сколько будет стоить гардеробная?",
            "Можно вызвать замерщика на субботу?",
            "Посчитайте, пожалуйста, угловую кухню",
        ),
        wants_free=(
            "Пришлите бесплатный чек-лист",
            "А можно просто каталог посмотреть?",
            "Интересно, но пока только мечтаем",
        ),
        answers=(
            "Здравствуйте! Кухня – от 90\u00a0000\u00a0₽. Когда удобен замер?",
            "Добрый день! Замерщик свободен завтра в 18:00, подойдёт?",
            "Здравствуйте! Посчитаю и пришлю до вечера. Какой метраж?",
        ),
        thanks=("Спасибо, ждём!", "Отлично, подходит", "Хорошо, подумаем"),
        products=("кухня", "шкаф", "гардеробная", "кухня угловая"),
        names=(
            (
                ("Алексей", "Дмитрий", "Сергей", "Павел", "Роман", "Никита", "Глеб", "Фёдор"),
                ("Белов", "Волков", "Егоров", "Жуков", "Комаров", "Лебедев", "Морозов", "Соколов", "Тихонов"),
            ),
            (
                ("Ольга", "Наталья", "Вера", "Дарья", "Ирина", "Ксения", "Полина", "Юлия"),
                ("Белова", "Волкова", "Егорова", "Жукова", "Комарова", "Лебедева", "Морозова", "Соколова", "Тихонова"),
            ),
        ),
        offer="Бесплатный замер",
        crowd=(
            "Сколько стоит кухня 3 метра?",
            "Когда сможете приехать на замер?",
            "Хочу заказать кухню к праздникам",
            "Сколько стоит шкаф-купе?",
            "Нужна гардеробная, бюджет 200 000",
        ),
        while_away=("Семён", "Громов"),
        while_away_says="Здравствуйте! Хочу заказать кухню. Вы тут?",
        tour_answer="Здравствуйте! Кухня 3 метра – от 90\u00a0000\u00a0₽, замер бесплатно. Завтра в 18:00 удобно?",
        searched={"utm_source": "yandex", "utm_campaign": "Осень"},
    ),
    "en": Words(
        customer=("John", "Parker"),
        anna=("Anna", "Smith"),
        boris=("Boris", "Eagle"),
        marketer=("Mary", "Cotton"),
        manager=("Victor", "Lapwing"),
        early=("Helen", "Winter"),
        talking=("Oliver", "Rowan"),
        sales="Sales",
        marketing="Marketing",
        managers="Managers",
        was_sold="wardrobe",
        early_says="I want to order a wardrobe for the hall, when could you measure? +7 916 123-45-67",
        talking_says="Good day! How much is a corner kitchen? We need it before the new year",
        talking_answer="Hello Oliver! A corner kitchen is from 140,000. We can make the new year; measure tomorrow?",
        asks=(
            "How much is a kitchen of 3 metres?",
            "I need a kitchen installed, when could you measure?",
            "I want to order a wardrobe for the hall",
            "How much would a walk-in closet cost?",
            "Could somebody come and measure on Saturday?",
            "What is the price of a corner kitchen, please?",
        ),
        wants_free=(
            "Please send me the free checklist",
            "Could I just see the catalogue?",
            "Interesting, but we are only dreaming so far",
        ),
        answers=(
            "Hello! A kitchen is from 90,000. When may we come to measure?",
            "Good day! We could measure tomorrow at six, would that suit you?",
            "Hello! I will send you a price by the evening. How many metres?",
        ),
        thanks=("Thank you, see you then!", "Great, that suits us", "Good, we will think about it"),
        products=("kitchen", "wardrobe", "walk-in closet", "corner kitchen"),
        names=(
            (
                ("Alex", "Daniel", "Simon", "Paul", "Robert", "Nick", "George", "Frank"),
                ("Bell", "Wolf", "Edwards", "Brook", "Cooper", "Lake", "Moore", "Stone", "Turner"),
            ),
            (
                ("Olivia", "Natalie", "Vera", "Daisy", "Irene", "Kate", "Pauline", "Julia"),
                ("Bell", "Wolf", "Edwards", "Brook", "Cooper", "Lake", "Moore", "Stone", "Turner"),
            ),
        ),
        offer="Free measuring",
        crowd=(
            "How much is a kitchen of 3 metres?",
            "When could you come and measure?",
            "I want to order a kitchen before the holidays",
            "How much is a sliding wardrobe?",
            "I need a walk-in closet, my budget is 200,000",
        ),
        while_away=("Simon", "Thunder"),
        while_away_says="Hello! I want to order a kitchen. Are you there?",
        tour_answer="Hello! A kitchen of 3 metres is from 90,000, measuring is free. Would tomorrow at six suit you?",
        searched={"utm_source": "google", "utm_campaign": "Autumn"},
    ),
}
