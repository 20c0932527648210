"""What a person's own words tell about how to reach him."""

import re

_MAYBE_PHONE = re.compile(r"(?:\+|\b)\d(?:[\s()\-–]*\d){9,14}\b")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
LOOKED_AT = 1_000


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


def show_phone(number: str) -> str:
    """+7 916 123-45-67: as people read it; Telegram makes it a link that dials."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def find_email(text: str) -> str | None:
    found = _EMAIL.search(text[:LOOKED_AT])
    return found.group().lower() if found else None
