"""What a person's own words tell about how to reach him."""

import re

_MAYBE_PHONE = re.compile(r"(?:\+|\b)\d(?:[\s()\-–]*\d){9,14}\b")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
LOOKED_AT = 1_000

MASK = "•"
_KEPT_LAST = 2
_HIDDEN = 5
"""Of +7 916 123-45-67 the digits between the code of the network and the last two."""

_LIKE_PHONE = re.compile(r"(?<![\w•])(?:\+|\b)\d(?:[\s()\-–.]*\d){9,14}(?!\d)")
_LIKE_USERNAME = re.compile(r"(?<![\w.•])@[A-Za-z]\w{3,31}\b")


def find_phone(text: str, region: str) -> str | None:
    """The first valid phone number in a text, as +79161234567. `region` is an ISO country code."""
    maybe = (read_phone(found.group(), region) for found in _MAYBE_PHONE.finditer(text[:LOOKED_AT]))
    return next((number for number in maybe if number is not None), None)


def read_phone(text: str, region: str) -> str | None:
    """A phone number as +79161234567, or None when it is none."""
    import phonenumbers  # large tables: only when somebody really wrote digits

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(text: str) -> str | None:
    """An e-mail address in its usual form, or None when it is none."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def show_phone(number: str) -> str:
    """+7 916 123-45-67: as people read it; Telegram makes it a link that dials."""
    import phonenumbers

    if MASK in number:
        return number
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def find_email(text: str) -> str | None:
    found = _EMAIL.search(text[:LOOKED_AT])
    return found.group().lower() if found else None


def mask_phone(number: str) -> str:
    """+7 916 •••-••-67: enough to tell two people apart, too little to call."""
    digits = sum(character.isdigit() for character in number)
    first, seen, shown = max(digits - _HIDDEN - _KEPT_LAST, 0), 0, []
    for character in number:
        hidden = character.isdigit() and first <= seen < digits - _KEPT_LAST
        seen += character.isdigit()
        shown.append(MASK if hidden else character)
    return "".join(shown)


def mask_email(address: str) -> str:
    """i•••@mail.ru"""
    name, _, host = address.partition("@")
    return f"{name[:1]}{MASK * 3}@{host}"


def mask_username(name: str) -> str:
    return f"{name[:1]}{MASK * 3}"


def mask_contacts(text: str) -> str:
    """The same for whatever looks like a phone, an e-mail or a username within a person's words."""
    text = _EMAIL.sub(lambda found: mask_email(found.group()), text)
    text = _LIKE_PHONE.sub(lambda found: mask_phone(found.group()), text)
    return _LIKE_USERNAME.sub(lambda found: f"@{mask_username(found.group()[1:])}", text)
