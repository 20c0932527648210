"""Telegram's HTML: tags to entities with UTF-16 offsets, and the server's own words for every mistake."""

import re
from dataclasses import dataclass

from integrations.telegram.sandbox.errors import ApiError, bad_request
from integrations.telegram.sandbox.state import Json

_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = frozenset({*_SIMPLE, "a", "code", "pre", "blockquote", "tg-emoji", "tg-time"})
_NAMED = {b"lt": 0x3C, b"gt": 0x3E, b"amp": 0x26, b"quot": 0x22}
_REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
_ARGUMENTS = {("a", "href"): "url", ("tg-emoji", "emoji-id"): "emoji", ("tg-time", "unix"): "unix"}
_ARGUMENTS |= {("tg-time", "format"): "format", ("blockquote", "expandable"): "expandable"}
_TIME_FORMAT = re.compile(r"^(?:r|w?[dD]?[tT]?)$")
_SPACE = b" \t\n\v\r\0"


def _mistake(text: str) -> ApiError:
    return bad_request(f"can't parse entities: {text}")


@dataclass(slots=True)
class _Open:
    tag: str
    arguments: dict[str, str]
    offset: int
    begin: int


class _Parser:
    def __init__(self, source: bytes) -> None:
        # The closing zero stands for the end of a C string, on which the server's scanner relies.
        self.source = source + b"\0"
        self.size = len(source)
        self.position = 0
        self.output = bytearray()
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def run(self) -> tuple[str, list[Json]]:
        while self.position < self.size:
            byte = self.source[self.position]
            if byte == 0x26 and (char := self._reference()):
                self.output += char.encode()
                self.offset += 1 + (ord(char) > 0xFFFF)
            elif byte == 0x3C:
                begin = self.position
                self.position += 1
                if self.source[self.position] == 0x2F:
                    self._end_tag(begin)
                else:
                    self._start_tag(begin)
            else:
                self.output.append(byte)
                if byte & 0xC0 != 0x80:
                    self.offset += 1 + (byte >= 0xF0)
                self.position += 1
        if self.open:
            raise _mistake(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        entities = [{key: entity[key] for key in entity if key != "class"} for entity in self.entities]
        entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return self.output.decode(), entities

    def _reference(self) -> str | None:
        match = _REFERENCE.match(self.source, self.position)
        if match is None:
            return None
        hexadecimal, decimal, name = match.groups()
        if name is not None:
            code = _NAMED.get(name, 0)
        else:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal)
            digits_end = match.end() - (match.group().endswith(b";"))
            if code >= 0x10FFFF or digits_end - match.start() >= 10 or 0xD800 <= code <= 0xDFFF:
                code = 0
        if code == 0:
            return None
        self.position = match.end()
        return chr(code)

    def _until(self, stops: bytes) -> bytes:
        begin = self.position
        while self.source[self.position] not in stops:
            self.position += 1
        return self.source[begin : self.position]

    def _skip_space(self) -> None:
        while self.position < self.size and self.source[self.position] in _SPACE:
            self.position += 1

    def _start_tag(self, begin: int) -> None:
        tag = self._until(_SPACE + b">").decode("utf-8", "replace").lower()
        if self.position >= self.size:
            raise _mistake(f"Unclosed start tag at byte offset {begin}")
        if tag not in _TAGS:
            raise _mistake(f'Unsupported start tag "{tag}" at byte offset {begin}')
        arguments: dict[str, str] = {}
        while True:
            self._skip_space()
            if self.position >= self.size:
                raise _mistake(f"Unclosed start tag at byte offset {begin}")
            if self.source[self.position] == 0x3E:
                break
            name, value = self._attribute(tag, begin)
            if key := _ARGUMENTS.get((tag, name)):
                arguments[key] = value
            elif tag == "code" and name == "class" and value.startswith("language-"):
                arguments["language"] = value[9:]
            elif tag == "span" and name == "class" and value == "tg-spoiler":
                arguments["spoiler"] = ""
        self.position += 1
        if tag == "span" and "spoiler" not in arguments:
            raise _mistake(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, arguments, self.offset, len(self.output)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self._until(_SPACE + b"=>").decode("utf-8", "replace").lower()
        if not name:
            raise _mistake(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self._skip_space()
        if self.source[self.position] != 0x3D:
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise _mistake(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {begin}'
            )
        self.position += 1
        self._skip_space()
        if self.position >= self.size:
            raise _mistake(f'Unclosed start tag "{tag}" at byte offset {begin}')
        return name, self._value(begin)

    def _value(self, begin: int) -> str:
        quote = self.source[self.position]
        if quote not in b"'\"":
            start = self.position
            token = re.compile(rb"[A-Za-z0-9.\-]*").match(self.source, start)
            assert token is not None
            self.position = token.end()
            if self.source[self.position] not in _SPACE + b">":
                raise _mistake(f"Unexpected end of name token at byte offset {start}")
            return token.group().decode().lower()
        self.position += 1
        value = bytearray()
        while self.position < self.size and self.source[self.position] != quote:
            if self.source[self.position] == 0x26 and (char := self._reference()):
                value += char.encode()
                continue
            value.append(self.source[self.position])
            self.position += 1
        if self.position >= self.size:
            raise _mistake(f"Unclosed start tag at byte offset {begin}")
        self.position += 1
        return value.decode("utf-8", "replace")

    def _end_tag(self, begin: int) -> None:
        if not self.open:
            raise _mistake(f"Unexpected end tag at byte offset {begin}")
        self.position += 1
        name = self._until(_SPACE + b">").decode("utf-8", "replace").lower()
        self._skip_space()
        if self.position >= self.size or self.source[self.position] != 0x3E:
            raise _mistake(f"Unclosed end tag at byte offset {begin}")
        self.position += 1
        current = self.open.pop()
        if name and name != current.tag:
            expected = f'expected "</{current.tag}>", found "</{name}>"'
            raise _mistake(f"Unmatched end tag at byte offset {begin}, {expected}")
        if self.offset > current.offset:
            self._close(current)

    def _close(self, tag: _Open) -> None:
        span: Json = {"offset": tag.offset, "length": self.offset - tag.offset}
        if tag.tag in _SIMPLE:
            self.entities.append({"type": _SIMPLE[tag.tag], **span})
        elif tag.tag == "blockquote":
            kind = "expandable_blockquote" if "expandable" in tag.arguments else "blockquote"
            self.entities.append({"type": kind, **span})
        elif tag.tag in ("pre", "code"):
            self._close_code(tag, span)
        elif tag.tag == "a":
            self._close_link(tag, span)
        elif tag.tag == "tg-emoji":
            emoji = tag.arguments.get("emoji", "")
            if not emoji.isdecimal() or int(emoji) == 0:
                raise _mistake("Invalid custom emoji identifier specified")
            self.entities.append({"type": "custom_emoji", **span, "custom_emoji_id": emoji})
        else:
            self._close_time(tag, span)

    def _close_time(self, tag: _Open, span: Json) -> None:
        unix, form = tag.arguments.get("unix", ""), tag.arguments.get("format", "")
        if not re.fullmatch(r"-?\d{1,12}", unix):
            raise _mistake("Invalid Unix time specified")
        if not _TIME_FORMAT.match(form):
            raise _mistake("Invalid date-time format specified")
        entity = {"type": "date_time", **span, "unix_time": int(unix)}
        self.entities.append(entity | ({"date_time_format": form} if form else {}))

    def _close_code(self, tag: _Open, span: Json) -> None:
        last = self.entities[-1] if self.entities else None
        same = last is not None and (last["offset"], last["length"]) == (span["offset"], span["length"])
        language = tag.arguments.get("language", "")
        if last is not None and same and tag.tag == "pre" and last["type"] == "code" and last.get("class"):
            last["type"], last["language"] = "pre", last["class"]
        elif last is not None and same and tag.tag == "code" and last["type"] == "pre" and language:
            last["language"] = language
        else:
            self.entities.append({"type": tag.tag, **span} | ({"class": language} if language else {}))

    def _close_link(self, tag: _Open, span: Json) -> None:
        url = tag.arguments.get("url") or self.output[tag.begin :].decode("utf-8", "replace")
        if mention := re.fullmatch(r"tg://user\?id=(\d+)", url):
            self.entities.append({"type": "text_mention", **span, "user": {"id": int(mention.group(1))}})
        elif checked := checked_link(url):
            self.entities.append({"type": "text_link", **span, "url": checked})


def checked_link(url: str) -> str | None:
    """The link as the server stores it, or nothing: a bad link silently loses its entity."""
    url = url.strip()
    if url.startswith(("tg://", "mailto:", "tel:", "ton://")):
        return url
    match = re.fullmatch(r"(?:(https?)://)?([^\s/?#:@]+\.[^\s/?#:@.]{2,}|\d+(?:\.\d+){3})(:\d+)?([/?#]\S*)?", url)
    if match is None:
        return None
    scheme, host, port, rest = match.groups()
    return f"{scheme or 'http'}://{host}{port or ''}{rest or '/'}"


def parse_html(source: str) -> tuple[str, list[Json]]:
    return _Parser(source.encode("utf-8", "replace")).run()
