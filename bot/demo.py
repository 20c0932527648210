"""The demo: a sandbox Telegram with a team in it, and the real bot over real HTTP."""
