"""A strict emulator of the Telegram Bot API, with the people's side to play and test bots against."""

from integrations.telegram.sandbox.client import SandboxClient, SandboxError
from integrations.telegram.sandbox.running import RunningSandbox, run_sandbox

__all__ = ["RunningSandbox", "SandboxClient", "SandboxError", "run_sandbox"]
