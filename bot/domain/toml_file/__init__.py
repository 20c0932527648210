"""Files that a person writes for us in TOML: read with care, and every mistake told by its line."""

from bot.domain.toml_file.source import Table, TomlFileError, hint, quoted, read_text

__all__ = ["Table", "TomlFileError", "hint", "quoted", "read_text"]
