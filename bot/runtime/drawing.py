"""Has a picture drawn in a process of its own: whatever happens there costs the picture and nothing else."""

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path

import orjson

from bot.domain.errors import GembaError
from bot.drawing import Picture

DRAWING_SECONDS = 60.0
"""A first run on a slow machine looks through its fonts; later ones take about a second."""

ROOT = Path(__file__).parents[2]
"""Where the child finds the same code as ours."""

PNG = b"\x89PNG\r\n"


class DrawingError(GembaError):
    """No picture came of it; the text says why, in the child's last line."""


class Painter:
    """`folder` keeps what matplotlib learns about fonts; it is made when it is needed."""

    command: tuple[str, ...] = (sys.executable, "-m", "bot.drawing")

    def __init__(self, folder: Path, seconds: float = DRAWING_SECONDS) -> None:
        self._folder, self._seconds = folder, seconds

    async def draw(self, picture: Picture) -> bytes:
        """A PNG. Raises DrawingError; the child does not outlive the call."""
        child = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "MPLCONFIGDIR": str(self._folder.absolute()), "MPLBACKEND": "agg"},
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C is for us: we end it
        )
        try:
            drawn, said = await asyncio.wait_for(child.communicate(orjson.dumps(asdict(picture))), self._seconds)
        except TimeoutError:
            raise DrawingError(f"the picture was not ready in {self._seconds:g} s") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode or not drawn.startswith(PNG):
            words = said.decode(errors="replace").strip().splitlines()
            raise DrawingError(f"the picture was not drawn: {words[-1] if words else f'exit {child.returncode}'}")
        return drawn
