"""What each builder sends, and what becomes of it: nothing to set beyond its name."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import orjson
import pytest

from bot.domain.messages import Touch
from bot.domain.toml_file import TomlFileError
from bot.locales import Texts
from integrations.forms.loading import parse_forms, presets
from integrations.forms.mapping import Form, apply, is_trial
from integrations.forms.submission import Submission, Wrong, keep_as_typed, message_of, read_submission
from tests.conftest import MONDAY_NOON

PAYLOADS = Path(__file__).parent / "payloads"
PHONE = "+79161234567"
RU = Texts("ru", ZoneInfo("Europe/Moscow"))


def payload(name: str) -> dict[str, Any]:
    text = (PAYLOADS / name).read_text("utf-8")
    found: dict[str, Any] = orjson.loads(text) if name.endswith(".json") else dict(parse_qsl(text))
    return found


def read(form: Form, given: dict[str, Any]) -> Submission | Wrong:
    fields = apply(form, given)
    if form.keeps_errors:
        fields = keep_as_typed(fields, "RU", RU)
    return read_submission("order", fields, "RU", needs_contact=not form.keeps_errors)


def accepted(form: Form, given: dict[str, Any]) -> Submission:
    found = read(form, given)
    assert isinstance(found, Submission), found
    return found


CASES: list[tuple[str, str, str, Touch]] = [
    (
        "tilda",
        "tilda.txt",
        "Хочу кухню",
        Touch(source="yandex", medium="cpc", campaign="Осень", offer="Бесплатный замер"),
    ),
    (
        "tilda",
        "tilda.json",
        "",
        Touch(
            offer="Корзина",
            answers={
                "Бюджет": "до 300 000",
                "Заказ": "1735",
                "Сумма": "90000",
                "Товары": "name: Стол · quantity: 1 · amount: 60000",
                "payment / products": "name: Стул · quantity: 2 · amount: 30000",
            },
        ),
    ),
    (
        "marquiz",
        "marquiz.json",
        "Звоните после 18",
        Touch(
            source="yandex",
            medium="cpc",
            campaign="Осень",
            content="b1",
            term="кухня на заказ",
            landing_page="https://shop.example/quiz",
            referrer="https://ya.ru/",
            offer="Рассчитайте кухню со скидкой",
            answers={
                "Какая кухня вам нужна?": "Угловая",
                "Что важно?": "Остров, Подсветка",
                "Когда нужна?": "В этом месяце",
                "Результат": "Кухня «Лён»",
                "Стоимость": "от 120 000",
            },
        ),
    ),
    (
        "wordpress",
        "wordpress_cf7.json",
        "Сколько стоит?",
        Touch(offer="Расчёт кухни", answers={"menu-kitchen": "Угловая"}),
    ),
    (
        "wordpress",
        "wordpress_elementor.txt",
        "",
        Touch(offer="Замер", landing_page="https://shop.example/kitchen", answers={"Город": "Омск"}),
    ),
    ("yandex", "yandex.json", "", Touch(offer="Запись на замер", answers={"Площадь кухни, м²": "9"})),
    ("google", "google.json", "", Touch(offer="Заявка на кухню", answers={"Какой бюджет?": "до 300 000"})),
]


@pytest.mark.parametrize(("preset", "name", "message", "touch"), CASES, ids=[case[1] for case in CASES])
def test_what_a_builder_sends_is_a_lead(preset: str, name: str, message: str, touch: Touch) -> None:
    form = parse_forms(f'[forms.order]\npreset = "{preset}"\n', "forms.toml", {})["order"]
    found = accepted(form, payload(name))
    assert (found.name, found.phone, found.message) == ("Ольга", PHONE, message)
    assert found.touch == touch


def test_tilda_numbers_its_submissions_and_tests_its_connection() -> None:
    tilda = presets()["tilda"]
    assert accepted(tilda, payload("tilda.txt")).submission_id == "1111111:6161583731"
    assert is_trial(tilda, {"test": "test"}) and is_trial(tilda, {"test": ["test"]})
    assert not is_trial(tilda, {"test": "test", "phone": PHONE}) and not is_trial(presets()["google"], {"test": "test"})


def test_a_wrong_phone_that_nobody_can_mend_any_more_is_kept_as_it_was_typed() -> None:
    found = accepted(presets()["tilda"], {"Name": "Ольга", "Phone": "+7 916 123", "Email": "olga@"})
    assert (found.phone, found.email) == (None, None)
    assert dict(found.touch.answers) == {
        RU.plain("form.as_typed_email"): "olga@",
        RU.plain("form.as_typed_phone"): "+7 916 123",
    }
    first, second = (message_of(found, number, MONDAY_NOON) for number in ("n1", "n2"))
    assert first.sender.external_id == second.sender.external_id and "+7 916 123" in first.text


def test_of_a_very_long_quiz_nothing_is_refused() -> None:
    quiz = {"contacts": {"phone": PHONE}, "answers": [{"q": f"Вопрос {n} " * 40, "a": "да " * 900} for n in range(90)]}
    found = accepted(presets()["marquiz"], quiz)
    assert len(found.touch.answers) <= 60 and found.touch.answers["…"].startswith("Вопрос")


def test_who_says_nothing_at_all_is_nobody() -> None:
    assert isinstance(read(presets()["tilda"], {"Name": "", "formid": "form1"}), Wrong)


def test_a_firm_names_its_own_fields() -> None:
    text = """
    [forms.order]
    preset = "wordpress"
    fields = { "Куда перезвонить" = "phone", "who" = "name" }
    constant = { utm_source = "partner", offer = "Замер" }
    drop = ["internal-*"]
    """
    form = parse_forms(text, "forms.toml", {})["order"]
    given = {"Куда перезвонить?": "89161234567", "WHO": "Ольга", "internal-id": "7", "Цвет": "белый", "_wpnonce": "x"}
    found = accepted(form, given)
    assert (found.name, found.phone) == ("Ольга", PHONE)
    assert found.touch == Touch(source="partner", offer="Замер", answers={"Цвет": "белый"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "forms.toml: the file is empty"),
        ("[form.x]\n", 'forms.toml:1: unknown key "form"; did you mean "forms"?'),
        ('[forms."не то"]\n', 'forms.toml:1: "не то" cannot stand in an address'),
        ('[forms.x]\npreset = "tild"\n', 'forms.toml:2: form "x": no preset "tild"; did you mean "tilda"?'),
        (
            '[forms.x]\nfields = { a = "fone" }\n',
            'forms.toml:2: form "x": "fone" is none of our fields; did you mean "phone"?',
        ),
        ("[forms.x]\nscript = 1\n", 'forms.toml:2: form "x": script must be true or false'),
        ("[forms.x]\nreply = { status = 404 }\n", "status must be from 200 to 299"),
        (
            '[forms.x]\nsecret = { in = "head", name = "K", variable = "V" }\n',
            "in must be one of header, query",
        ),
        (
            '[forms.x]\nsecret = { in = "header", name = "K", variable = "V" }\n',
            "variable V is not set",
        ),
    ],
)
def test_a_wrong_file_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(TomlFileError) as refused:
        parse_forms(text, "forms.toml", {})
    assert told in str(refused.value) and "\n" not in str(refused.value)
