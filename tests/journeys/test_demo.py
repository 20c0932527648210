"""`make demo`: one address at once, then a working day that one can watch, and a customer who has just written."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from integrations.telegram.sandbox.client import SandboxClient
from tests.journeys.process import ROOT

pytestmark = pytest.mark.journey


async def the_site_has_a_chat_and_a_form(http: aiohttp.ClientSession, site: str) -> None:
    async with http.get(site) as response:
        page = await response.text()
    found = re.search(r'src="(http://\S+)/chat/widget.js"', page)
    assert found and "$" not in page, "something was left to be filled in"
    async with http.get(f"{found[1]}/chat/widget.js") as response:
        assert response.status == 200 and "WebSocket" in await response.text()
    filled = {"name": "Ольга", "phone": "+7 916 123-45-67"}
    async with http.post(f"{found[1]}/forms/measure", json=filled, headers={"Origin": site}) as response:
        assert response.status == 202 and response.headers["Access-Control-Allow-Origin"] == site


@pytest.mark.parametrize(("locale", "customer", "claim"), [("ru", "Иван", "Беру"), ("en", "John", "take it")])
async def test_the_demo(tmp_path: Path, locale: str, customer: str, claim: str) -> None:
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LOCALE": locale, "WORKING_HOURS": "Mon-Sun 00:00-24:00"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert demo.stdout is not None
    told: list[str] = []
    try:
        async with asyncio.timeout(120):
            async for line in demo.stdout:
                told.append(line.decode())
                if "Ctrl-C" in told[-1]:
                    break
        first = next(line for line in told if line.strip())
        address = re.search(r"Open (http://[^/]+)/\?people=([\d@,-]+)", first)
        assert address, "nothing stands before the address"
        async with SandboxClient(address[1]) as sandbox:
            sales = int(address[2].split(",")[1].partition("@")[2])
            card = await sandbox.wait_for(sales, customer, 30)
            assert claim in card["reply_markup"]["inline_keyboard"][0][0]["text"]
            assert len(await sandbox.messages(sales, from_bot=True)) > 1, "a day has been lived before"
        async with aiohttp.ClientSession() as http:
            await the_site_has_a_chat_and_a_form(http, re.findall(r"http://\S+", "".join(told))[1])
    finally:
        demo.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(demo.wait(), 30) == 0
