"""The raw floor: what a durable relay costs with no framework at all.

Long poll, plain JSON, one SQLite writer with one commit for all that has come, and one send in flight a destination.
"""

import asyncio
import os
import sqlite3
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import orjson

API = f"{os.environ['TELEGRAM_API_URL']}/bot{os.environ['BOT_TOKEN']}"
CHATS = [int(chat) for chat in os.environ["RELAY_CHATS"].split(",")]

TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE events (id INTEGER PRIMARY KEY, raw BLOB NOT NULL);
CREATE TABLE messages (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE outbox (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, text TEXT NOT NULL, sent INTEGER NOT NULL);
"""


class Floor:
    def __init__(self, session: aiohttp.ClientSession, file: Path) -> None:
        self._session = session
        self._writer = ThreadPoolExecutor(1)
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.executescript(TABLES)
        self._waiting: dict[int, deque[tuple[int, str]]] = defaultdict(deque)
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._sent: list[int] = []

    async def run(self) -> None:
        offset = 0
        while True:
            updates = await self._call("getUpdates", {"offset": offset, "timeout": 30})
            if not updates:
                continue
            await asyncio.get_running_loop().run_in_executor(self._writer, self._keep, updates, self._sent)
            self._sent = []
            offset = updates[-1]["update_id"] + 1
            for update in updates:
                self._promise(update)

    def _keep(self, updates: list[dict[str, Any]], sent: list[int]) -> None:
        texts = [
            (update["update_id"], update["message"]["chat"]["id"], update["message"].get("text", ""))
            for update in updates
            if "message" in update
        ]
        cursor = self._database.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(
            "INSERT OR IGNORE INTO events VALUES (?, ?)",
            [(update["update_id"], orjson.dumps(update)) for update in updates],
        )
        cursor.executemany("INSERT OR IGNORE INTO messages VALUES (?, ?, ?)", texts)
        cursor.executemany("INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, 0)", texts)
        cursor.executemany("UPDATE outbox SET sent = 1 WHERE id = ?", [(number,) for number in sent])
        cursor.execute("COMMIT")

    def _promise(self, update: dict[str, Any]) -> None:
        if "message" not in update:
            return
        source = update["message"]["chat"]["id"]
        chat = CHATS[source % len(CHATS)]
        self._waiting[chat].append((update["update_id"], update["message"].get("text", "")))
        if chat not in self._sending:
            self._sending[chat] = asyncio.create_task(self._send(chat))

    async def _send(self, chat: int) -> None:
        while self._waiting[chat]:
            number, text = self._waiting[chat][0]
            if text and text[0] != "/":
                await self._call("sendMessage", {"chat_id": chat, "text": text})
            self._waiting[chat].popleft()
            self._sent.append(number)
        del self._sending[chat]

    async def _call(self, method: str, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        async with self._session.post(f"{API}/{method}", data=orjson.dumps(body), headers=headers) as response:
            answer = orjson.loads(await response.read())
        if not answer["ok"]:
            raise RuntimeError(answer["description"])
        return answer["result"]


async def main() -> None:
    async with aiohttp.ClientSession() as session:
        await Floor(session, Path(os.environ["FOLDER"]) / "floor.db").run()


asyncio.run(main())
