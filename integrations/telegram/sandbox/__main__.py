"""`python -m integrations.telegram.sandbox`: a sandbox Telegram on this machine."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from integrations.telegram.sandbox.running import DEFAULT_TOKEN, run_sandbox


async def _serve(port: int, token: str, clock_file: Path | None) -> None:
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with run_sandbox(port, token, clock_file) as running:
        sys.stdout.write(f"Sandbox Telegram: {running.url} (token {running.token})\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m integrations.telegram.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=DEFAULT_TOKEN)
    parser.add_argument("--clock-file", type=Path)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port, options.token, options.clock_file))


if __name__ == "__main__":
    main()
