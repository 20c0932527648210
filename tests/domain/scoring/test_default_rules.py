"""The default rules, on customers a small Russian firm knows."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.scoring import Band, Event, Facts, default_rules, handoff, score

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
INFORMATION, MARKETING, ACCEPTED, QUALIFIED = Band
PHONE = {"phone": "+79161234567", "name": "Анна"}
CONTACTS = {**PHONE, "email": "anna@example.org"}


def event(kind: str, text: str = "", *, days_ago: float = 0, channel: str = "telegram", **attributes: str) -> Event:
    return Event(kind, channel, NOW - timedelta(days=days_ago), text, attributes)


def message(text: str, days_ago: float = 0) -> Event:
    return event("message", text, days_ago=days_ago)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        # ready to buy
        ("Здравствуйте! Хочу заказать кухню, сколько стоит погонный метр?", QUALIFIED),
        ("Готовы купить 20 штук, выставите счёт на ООО «Ромашка»", QUALIFIED),
        ("Добрый день. Пришлите договор и реквизиты.", QUALIFIED),
        ("беру!! куда оплатить?", QUALIFIED),
        ("ХОЧУ КУПИТЬ", QUALIFIED),
        ("Запишите меня на завтра на стрижку", QUALIFIED),
        ("Пришлите, пожалуйста, коммерческое предложение на 50 рабочих мест", QUALIFIED),
        ("Можно записаться на бесплатную консультацию?", QUALIFIED),
        ("I want to buy two, please send an invoice", QUALIFIED),
        # clear interest
        ("Добрый день, сколько стоит ремонт двушки?", ACCEPTED),
        ("какая цена", ACCEPTED),
        ("почём?", ACCEPTED),
        ("Есть в наличии? Доставка до Твери сколько дней?", ACCEPTED),
        ("Перезвоните мне, пожалуйста", ACCEPTED),
        ("Здравствуйте, есть вопрос", ACCEPTED),
        ("Подскажите, вы работаете с юрлицами?", ACCEPTED),
        ("Скачал ваш чек-лист. А сколько стоит внедрение и как заказать?", ACCEPTED),
        ("Нужна бесплатная консультация", ACCEPTED),
        ("За счёт чего так быстро? Почему?", ACCEPTED),
        ("Договорились, спасибо", ACCEPTED),
        ("В центре есть точка?", ACCEPTED),
        ("How much is it?", ACCEPTED),
        # to be warmed up
        ("А бесплатно можно попробовать?", MARKETING),
        ("Хочу записаться на вебинар", MARKETING),
        # information
        ("Пришлите чек-лист", INFORMATION),
        ("пришлите бесплатный чек лист пожалуйста", INFORMATION),
        ("Здравствуйте, где скачать ваш гайд?", INFORMATION),
        ("Добрый день, у вас есть вакансии? Могу прислать резюме", INFORMATION),
        ("Предлагаем услуги по продвижению вашего сайта, цена от 5000", INFORMATION),
        ("Мы тоже занимаемся окнами, сколько стоит у вас монтаж?", INFORMATION),
        ("Уже неактуально, спасибо", INFORMATION),
        ("Передумала, извините", INFORMATION),
        ("Ошибся номером", INFORMATION),
    ],
)
def test_first_message(text: str, band: Band) -> None:
    result = score(Facts((message(text),)), default_rules(), NOW)
    assert (result.band, handoff(result, default_rules())) == (band, band in (ACCEPTED, QUALIFIED)), result


@pytest.mark.parametrize(
    ("facts", "band"),
    [
        (Facts(), INFORMATION),
        (Facts((event("start"),)), INFORMATION),
        (Facts((event("start"),), CONTACTS), INFORMATION),
        (Facts((event("subscribe"),)), INFORMATION),
        (Facts((event("download"),), CONTACTS), INFORMATION),
        (Facts((event("form", offer="Бесплатный чек-лист «10 ошибок»"),), CONTACTS), INFORMATION),
        (Facts((event("download"), event("subscribe"), event("visit")), CONTACTS), MARKETING),
        (Facts((event("message"),)), MARKETING),
        (Facts((event("form"),), {"email": "a@example.org"}), MARKETING),
        (Facts((event("form"),), PHONE), ACCEPTED),
        (Facts((event("form", offer="Аудит сайта"),), PHONE), ACCEPTED),
        (Facts((event("call"),), {"phone": "+79161234567"}), ACCEPTED),
        (Facts((event("form", budget="100000", deadline="май"),), PHONE), QUALIFIED),
        (Facts((event("form", "Сколько стоит? Хотим заказать"),), PHONE), QUALIFIED),
        (Facts((event("form"), message("Это снова я")), {**CONTACTS, "returning_customer": "yes"}), QUALIFIED),
        (Facts((event("form"),), {**PHONE, "source": "Выставка"}), ACCEPTED),
        (Facts((event("form"),), {"email": "a@example.org", "source": "выставка"}), MARKETING),
    ],
)
def test_what_they_did(facts: Facts, band: Band) -> None:
    result = score(facts, default_rules(), NOW)
    assert (result.band, handoff(result, default_rules())) == (band, band in (ACCEPTED, QUALIFIED)), result


def test_warmed_up_lead_reaches_sales_after_the_free_material() -> None:
    asked_free = message("Пришлите чек-лист", days_ago=20)
    assert score(Facts((asked_free,)), default_rules(), NOW).band is INFORMATION
    later = Facts((asked_free, message("Сколько стоит внедрение?")))
    assert score(later, default_rules(), NOW).band is ACCEPTED
    magnet_form = event("form", offer="Чек-лист", days_ago=20)
    assert score(Facts((magnet_form,), PHONE), default_rules(), NOW).band is INFORMATION
    assert score(Facts((magnet_form, event("form")), PHONE), default_rules(), NOW).band is ACCEPTED


def test_much_interest_alone_reaches_sales_at_last() -> None:
    warm = tuple(event("download", days_ago=days) for days in range(3))
    warm += (event("subscribe"), event("visit", page="https://example.org/price/"))
    assert handoff(score(Facts(warm, CONTACTS), default_rules(), NOW), default_rules())


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("в центре города, ценность, оцените", "asked_price"),
        ("почему так?", "asked_price"),
        ("за счёт чего это работает", "contract_or_invoice"),
        ("договорились", "contract_or_invoice"),
        ("пришлите купон", "wants_to_buy"),
        ("мы замёрзли", "asked_call"),
        ("good job, resume my subscription", "job_seeker"),
    ],
)
def test_words_that_only_look_alike(text: str, rule_id: str) -> None:
    reasons = score(Facts((message(text),)), default_rules(), NOW).reasons
    assert rule_id not in {reason.rule_id for reason in reasons}


def test_repeats_do_not_inflate() -> None:
    once = score(Facts((message("какая цена?"),)), default_rules(), NOW)
    often = score(Facts((message("какая цена?"),) * 50), default_rules(), NOW)
    assert often == once


def test_silence_cools_a_lead_down() -> None:
    facts = Facts((message("Хочу заказать, какая цена?"),), PHONE)
    bands = []
    band: Band | None = None
    for days in range(0, 200, 5):
        band = score(facts, default_rules(), NOW + timedelta(days=days), band).band
        bands.append(band)
    assert list(dict.fromkeys(bands)) == [QUALIFIED, ACCEPTED, MARKETING, INFORMATION]
