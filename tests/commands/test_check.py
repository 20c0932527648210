"""`check` against the sandbox, with each thing wrong in turn: what it says, and what it says to do."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.commands import check as check_module
from bot.commands.check import check, examine, is_fine
from bot.commands.output import as_text
from bot.locales import LOCALES, catalogue
from bot.settings import Settings
from bot.storage.migrate import migrate
from bot.storage.store import open_store
from bot.storage.tables import marks
from bot.use_cases.bind_chats import adopt_settings, bind_purpose
from integrations.telegram.checkup import Finding, State
from integrations.telegram.sandbox.client import SandboxClient
from integrations.telegram.sandbox.running import run_sandbox
from tests.commands.conftest import Called
from tests.conftest import MONDAY_NOON
from tests.journeys.process import free_port
from tests.storage.test_migrations import step


@dataclass
class House:
    """A firm that has set everything up: three supergroups, the bot an administrator in each, topics on."""

    sandbox: SandboxClient
    settings: dict[str, Any]
    sales: int

    async def findings(self, **changed: Any) -> list[Finding]:
        return await examine(Settings(_env_file=None, **{**self.settings, **changed}))

    async def complaints(self, **changed: Any) -> list[Finding]:
        """What is wrong. No key of a text and no token is ever shown."""
        found = await self.findings(**changed)
        shown = as_text(check_module.as_table(found))
        assert "check." not in shown and self.settings["bot_token"].partition(":")[2] not in shown
        assert all(finding.remedy for finding in found if finding.state is State.WRONG)
        return [finding for finding in found if finding.state is State.WRONG]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    token = "987654:SECRET-part_of-the-token"
    async with run_sandbox(token=token) as running:
        client = running.client
        await client.set_bot(has_topics_enabled=True, username="gemba_bot")
        anna, chief = await client.create("Анна"), await client.create("Виктор")
        sales = await client.create_group("Sales [red]", members=[anna], admins=[chief])
        marketing = await client.create_group("Marketing", admins=[chief])
        managers = await client.create_group("Managers", admins=[chief])
        url = f"sqlite:///{tmp_path / 'gemba.db'}"
        await migrate(url, tmp_path, MONDAY_NOON)
        settings = {
            "bot_token": token,
            "telegram_api_url": running.url,
            "sales_chat_id": sales,
            "marketing_chat_id": marketing,
            "managers_chat_id": managers,
            "admin_ids": frozenset({chief}),
            "data_dir": tmp_path,
            "database_url": url,
            "locale": "en",
        }
        yield House(client, settings, sales)


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.about, finding.said) for finding in findings]


async def test_all_is_well(house: House) -> None:
    found = await house.findings()
    assert is_fine(found)
    states = {finding.about: finding.state for finding in found}
    assert states == {
        "BOT_TOKEN": State.ON,
        "Telegram": State.ON,
        "Clock": State.ON,
        "Updates": State.ON,
        "Private topics": State.ON,
        "Chat: sales": State.ON,
        "Chat: marketing": State.ON,
        "Chat: managers": State.ON,
        "Privacy mode": State.ON,
        "Database": State.ON,
        "DATA_DIR": State.ON,
        "Forms": State.ON,
        "Scoring rules": State.ON,
        "Working hours": State.ON,
        "PUBLIC_URL": State.OFF,
    }
    assert ("Chat: sales", "“Sales [red]”: the bot is an administrator; it may write, delete") in said(found)


Deed = Callable[[House], Any]


async def _nothing(_house: House) -> None:
    pass


@pytest.mark.parametrize(
    ("changed", "deed", "about", "telling", "remedy"),
    [
        ({"bot_token": ""}, _nothing, "BOT_TOKEN", "not set", "/newbot"),
        ({"bot_token": "987654:OTHER"}, _nothing, "BOT_TOKEN", "does not know", "API Token"),
        ({}, lambda h: h.sandbox.down(60), "Telegram", "does not answer", "TELEGRAM_API_URL"),
        ({"telegram_proxy": "socks5://127.0.0.1:1"}, _nothing, "Telegram", "does not answer", "TELEGRAM_API_URL"),
        ({"telegram_proxy": "what is this"}, _nothing, "TELEGRAM_PROXY", "not the address", "socks5://"),
        ({}, lambda h: h.sandbox.faults("bad_gateway", "getMe"), "Telegram", "answered 502", "TELEGRAM_API_URL"),
        (
            {},
            lambda h: h.sandbox.faults("error", "getMe", code=429, parameters={"retry_after": 7}),
            "Telegram",
            "refused",
            "Wait 7 s",
        ),
        ({}, lambda h: h.sandbox.faults("cut_before", "getWebhookInfo"), "Updates", "no answer", "Check again"),
        ({"sales_chat_id": None}, _nothing, "Chat: sales", "not bound", "/setup"),
        ({}, lambda h: h.sandbox.set_bot_member(h.sales, "left"), "Chat: sales", "is not in chat", "administrator"),
        ({}, lambda h: h.sandbox.set_bot_member(h.sales, "kicked"), "Chat: sales", "is not in chat", "administrator"),
        ({"sales_chat_id": -100999}, _nothing, "Chat: sales", "no such chat", "/setup"),
        ({"sales_chat_id": 5}, _nothing, "Chat: sales", "no such chat", "/setup"),
        (
            {},
            lambda h: h.sandbox.set_bot_member(h.sales, "member"),
            "Chat: sales",
            "no administrator",
            "Administrators",
        ),
        ({}, lambda h: h.sandbox.set_bot_member(h.sales, "member"), "Privacy mode", "does not see", "/setprivacy"),
        (
            {},
            lambda h: h.sandbox.set_bot_member(h.sales, "restricted"),
            "Chat: sales",
            "may not write",
            "Administrators",
        ),
        ({}, lambda h: h.sandbox.faults("cut_before", "getChat", h.sales), "Chat: sales", "no answer", "Check again"),
        ({"conversations": "topics"}, _nothing, "Chat: sales", "has no topics", "Topics: switch them on"),
        ({"country": "XX"}, _nothing, "Working hours", "COUNTRY: no public holidays", "Correct"),
        ({"timezone": "Asia/Omsk", "working_hours": "Mon 9-18"}, _nothing, "Working hours", "9-18", "Correct"),
        ({"database_url": "oracle://x/y"}, _nothing, "Database", "oracle is not supported", "Correct"),
        ({"database_url": "postgresql://u:s3cret@127.0.0.1:1/x"}, _nothing, "Database", "Connect", "PostgreSQL runs"),
    ],
)
async def test_one_thing_is_wrong(
    house: House, changed: dict[str, Any], deed: Deed, about: str, telling: str, remedy: str
) -> None:
    await deed(house)
    wrong = {finding.about: finding for finding in await house.complaints(**changed)}
    assert telling in wrong[about].said
    assert remedy in wrong[about].remedy
    assert set(wrong) <= {about, "Chat: sales", "Privacy mode"}
    assert "s3cret" not in str(wrong)


async def test_without_privacy_mode_a_plain_member_sees_everything(house: House) -> None:
    await house.sandbox.set_bot(privacy=False)
    await house.sandbox.set_bot_member(house.sales, "member")
    assert [finding.about for finding in await house.complaints()] == ["Chat: sales"]


async def test_rights_that_are_only_useful_are_no_failure(house: House) -> None:
    await house.sandbox.set_bot_member(house.sales, "administrator", {"can_delete_messages": False})
    found = await house.findings()
    assert is_fine(found)
    assert ("Chat: sales", "“Sales [red]”: it may not delete") in said(found)


async def test_a_basic_group_works_but_a_supergroup_is_recommended_and_a_moved_one_is_told(house: House) -> None:
    basic = await house.sandbox.create_group("Old", kind="group")
    found = await house.findings(sales_chat_id=basic)
    assert is_fine(found)
    assert ("Chat: sales", "“Old”: a basic group") in said(found)
    new = await house.sandbox.migrate(basic)
    [moved] = await house.complaints(sales_chat_id=basic)
    assert str(new) in moved.said and str(new) in moved.remedy


async def test_topics_need_a_forum_and_the_right_to_manage_it(house: House) -> None:
    forum = await house.sandbox.create_group("Forum", forum=True)
    topics = {"sales_chat_id": forum, "conversations": "topics"}
    found = await house.findings(**topics)
    assert is_fine(found)
    assert ("Chat: sales", "“Forum”: topics are on and the bot manages them") in said(found)
    await house.sandbox.set_bot_member(forum, "administrator", {"can_manage_topics": False})
    [lacking] = await house.complaints(**topics)
    assert "may not manage topics" in lacking.said and "Manage topics" in lacking.remedy


@pytest.mark.parametrize(
    ("bot", "telling"),
    [
        ({"has_topics_enabled": False}, "off: all customers in one chat"),
        ({"allows_users_to_create_topics": True}, "users may create their own"),
    ],
)
async def test_private_topics_are_recommended(house: House, bot: dict[str, bool], telling: str) -> None:
    await house.sandbox.set_bot(**bot)
    [topics] = [finding for finding in await house.findings() if finding.about == "Private topics"]
    assert topics.state is State.OFF
    assert telling in topics.said and "BotFather" in topics.remedy


async def test_a_webhook_left_set_is_told_without_its_secret_path(house: House) -> None:
    await _call(house, "setWebhook", url="https://crm.example:8443/hook/987654:its-secret")
    [left] = await house.complaints()
    assert left.about == "Updates"
    assert "crm.example:8443" in left.said and "its-secret" not in str(left)


async def test_the_webhook_of_webhook_mode(house: House) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    mode = {"telegram_mode": "webhook", "telegram_webhook_secret": "s", "public_url": dead}
    [unset] = await house.complaints(**mode)
    assert "not set yet" in unset.said and "Start the bot" in unset.remedy
    await _call(house, "setWebhook", url="https://elsewhere.example/x")
    [other] = await house.complaints(**mode)
    assert "elsewhere.example" in other.said
    await _call(house, "setWebhook", url=f"{dead}/hooks/telegram", drop_pending_updates=True)
    assert is_fine(await house.findings(**mode))
    customer = await house.sandbox.create("Иван")
    await house.sandbox.start(customer)

    async def failed() -> bool:
        return "last_error_date" in await _call(house, "getWebhookInfo")

    await house.sandbox.wait_until(failed, 10)
    [failing] = await house.complaints(**mode)
    assert "cannot deliver" in failing.said and "1 waiting" in failing.said
    assert f"{dead}/hooks/telegram" in failing.remedy


async def test_nobody_administers(house: House) -> None:
    found = await house.findings(admin_ids=frozenset())
    [nobody] = [finding for finding in found if finding.about == "Administrator"]
    assert nobody.state is State.OFF and "/setup" in nobody.remedy


async def test_a_binding_of_setup_wins_over_the_environment_until_that_changes(house: House) -> None:
    store = open_store(house.settings["database_url"])
    other = await house.sandbox.create_group("Bound by setup")
    try:
        await store.write(adopt_settings, {"sales": house.sales}, MONDAY_NOON)
        await store.write(bind_purpose, "sales", other, "Bound by setup", MONDAY_NOON)
        found = await house.findings()
        assert any("Bound by setup" in finding.said for finding in found)
        [overruled] = [finding for finding in found if finding.about == "SALES_CHAT_ID"]
        assert overruled.state is State.OFF and str(house.sales) in overruled.said
        await store.write(lambda tx: tx.execute(marks.update().values(value="-1")))
        assert any("Sales [red]" in finding.said for finding in await house.findings())
    finally:
        await store.close()


async def test_chats_that_coincide_are_one_line(house: House) -> None:
    found = await house.findings(marketing_chat_id=None, managers_chat_id=house.sales)
    assert [finding.about for finding in found if finding.about.startswith("Chat")] == [
        "Chat: sales, marketing, managers"
    ]


async def test_a_database_of_another_version(
    house: House, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind, `run` mends it on SQLite; on PostgreSQL a person says when. Newer is never right."""
    on_sqlite = empty_database_url.startswith("sqlite")
    later = step(tmp_path / "later", "op.add_column('contacts', sa.Column('colour', sa.Text))")
    from bot.storage import migrate as module

    both = (module.VERSIONS, later)
    url = f"{empty_database_url}.other" if on_sqlite else empty_database_url
    for kind, before in (("empty", ()), ("behind", (module.VERSIONS,)), ("newer", both)):
        if before:
            await migrate(url, tmp_path / "backups", MONDAY_NOON, versions=before)
        if kind == "behind":
            monkeypatch.setattr(module.schema_state, "__kwdefaults__", {"versions": both})
        found = await house.findings(database_url=url)
        monkeypatch.undo()
        [database] = [finding for finding in found if finding.about == "Database"]
        assert kind in database.said
        assert (database.state is State.OFF) is (on_sqlite and kind != "newer")
        assert database.remedy


async def test_a_file_that_is_no_database(house: House, tmp_path: Path) -> None:
    (tmp_path / "rubbish.db").write_text("letters " * 2_000)
    [database] = await house.complaints(database_url=f"sqlite:///{tmp_path / 'rubbish.db'}")
    assert "not a database" in database.said and "backups" in database.remedy


async def test_looking_makes_neither_a_database_nor_a_folder(house: House, tmp_path: Path) -> None:
    found = await house.findings(data_dir=tmp_path / "new" / "data", database_url="")
    assert is_fine(found)
    assert ("Database", "SQLite, empty: no data yet") in said(found)
    assert not (tmp_path / "new").exists()


async def test_the_data_folder(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    [closed] = await house.complaints(data_dir=tmp_path / "file")
    assert closed.about == "DATA_DIR" and "cannot be written" in closed.said
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=3 * 1024**2))
    [full] = await house.complaints()
    assert "only 3 MB free" in full.said


async def test_the_scoring_file_is_named_with_its_line(house: House, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("handoff = 40\nhysteresis = = 5\n")
    [bad] = await house.complaints(scoring_file=rules)
    assert bad.about == "Scoring rules" and f"{rules}:2" in bad.said


async def test_a_clock_that_is_wrong(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    late = format_datetime(datetime.now(UTC) - timedelta(minutes=7), usegmt=True)
    async with _passing_on(house.settings["telegram_api_url"], late) as url:
        [clock] = await house.complaints(telegram_api_url=url)
    assert clock.about == "Clock" and "7 min fast" in clock.said and "set-ntp" in clock.remedy


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("https://bot.example", State.ON),
        ("https://bot.example:8443/gemba", State.ON),
        ("http://bot.local", State.OFF),
        (None, State.OFF),
    ],
)
async def test_public_url(house: House, url: str | None, state: State) -> None:
    [found] = [finding for finding in await house.findings(public_url=url) if finding.about == "PUBLIC_URL"]
    assert found.state is state


async def test_bad_settings_are_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_TIME", "25:00")
    [finding] = await check()
    assert finding.state is State.WRONG and "DIGEST_TIME" in finding.said and ".env" in finding.remedy


def test_the_command_prints_a_line_a_finding_and_exits_1(call: Callable[..., Called]) -> None:
    code, out, err = call("check")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == "✖  BOT_TOKEN      not set"
    assert lines[1].strip().startswith("→ Send /newbot")
    assert all(line.rstrip() == line for line in lines)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_has_its_words(locale: str) -> None:
    """Keys are found in the code, so that none is missing in either language."""
    import re

    root = Path(check_module.__file__).parents[2]
    code = (root / "bot/commands/check.py").read_text("utf-8") + (root / "integrations/telegram/checkup.py").read_text(
        "utf-8"
    )
    keys = set(re.findall(r'"((?:about|do|chat|token|clock|webhook|topics|privacy|url|hours|right)_[a-z_]+)"', code))
    keys -= {"chat_id"}
    assert len(keys) > 50
    assert [key for key in sorted(keys) if catalogue(locale).gettext(f"check.{key}") == f"check.{key}"] == []


async def _call(house: House, method: str, **params: Any) -> Any:
    url = f"{house.settings['telegram_api_url']}/bot{house.settings['bot_token']}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=params) as response:
        return (await response.json())["result"]


@asynccontextmanager
async def _passing_on(target: str, date: str) -> AsyncIterator[str]:
    """A Bot API server whose clock shows `date`; calls go on to the sandbox."""

    async def handle(request: web.Request) -> web.Response:
        headers = {"Date": date}
        if request.method == "HEAD":
            return web.Response(headers=headers)
        async with aiohttp.ClientSession() as session:
            body = await request.read()
            async with session.post(f"{target}{request.path}", data=body, headers=_json()) as response:
                return web.Response(body=await response.read(), content_type="application/json", headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _json() -> dict[str, str]:
    return {"Content-Type": "application/json"}


async def test_it_says_which_forms_are_described_and_which_are_open_to_all(house: House, tmp_path: Path) -> None:
    file = tmp_path / "forms.toml"
    file.write_text('[forms.quiz]\npreset = "marquiz"\n[forms.call]\nconstant = { offer = "A call" }\n')
    told = said(await house.findings(forms_file=file))
    assert ("Forms", "described: quiz (marquiz), call") in told and ("Forms", "without a secret: quiz") in told
    file.write_text('[forms.quiz]\npreset = "markwiz"\n')
    (wrong,) = [one for one in await house.complaints(forms_file=file) if one.about == "Forms"]
    assert f"{file}:2" in wrong.said and 'did you mean "marquiz"' in wrong.said
