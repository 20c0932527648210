"""The demo: a small firm in a simulated Telegram, its shop's site, and the real bot over real HTTP."""

from bot.demo.running import run_demo

__all__ = ["run_demo"]
