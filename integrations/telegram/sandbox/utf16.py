"""Lengths and slices in UTF-16 code units, the unit of every Telegram offset."""


def length(text: str) -> int:
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def cut(text: str, offset: int, size: int) -> str:
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + size)].decode("utf-16-le", "replace")
