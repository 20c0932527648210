"""Sets of words, written as one line."""


def words(line: str) -> frozenset[str]:
    return frozenset(line.split())
