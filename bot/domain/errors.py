"""Named failures of the domain; the docstring is the default message."""


class GembaError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class EditBeforeMessageError(GembaError):
    """The edit arrived before its message; it waits for it."""


class MisreadError(GembaError):
    """The event means something else than it seemed to."""


class NewerSchemaError(GembaError):
    """The database was written by a newer Gemba; start that version, or restore the backup made before the upgrade."""


class LeadershipLostError(GembaError):
    """Another process leads now, or this one is no longer sure that it does."""


class StoreUnavailableError(GembaError):
    """The store does not answer."""


class FileGoneError(GembaError):
    """Telegram does not give this file, or no more."""


class FilesAwayError(GembaError):
    """Telegram does not answer; the file may be asked for again."""
