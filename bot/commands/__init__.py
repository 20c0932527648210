"""What the commands of `python -m bot` do, one module a command; `bot.cli` reads the arguments and prints."""


class WrongUseError(Exception):
    """The command was called wrongly; the text is one plain line."""
