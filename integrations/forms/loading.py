"""`FORMS_FILE`: what each form calls its fields. What is wrong with it is found at the start, with its line."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast, get_args

from bot.domain.toml_file import Table, TomlFileError, hint, quoted, read_text
from integrations.forms.mapping import Form, Reply
from integrations.forms.names import IS_FORM, OURS, fold, fold_pattern
from integrations.forms.secret import Place, Secret

KEYS = tuple(Form.__dataclass_fields__)
PLACES = get_args(Place)


def load_forms(path: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Form]:
    """The forms that the firm describes. Raises TomlFileError."""
    return parse_forms(read_text(path, "FORMS_FILE"), str(path), environment)


def parse_forms(text: str, name: str, environment: Mapping[str, str]) -> dict[str, Form]:
    if not text.strip():
        raise TomlFileError(f"{name}: the file is empty; describe a form in it, as [forms.order]")
    return _read(text, name, environment, presets())


@cache
def presets() -> dict[str, Form]:
    text = resources.files("integrations.forms").joinpath("presets.toml").read_text("utf-8")
    return _read(text, "presets.toml", {}, {})


def _read(text: str, name: str, environment: Mapping[str, str], known: Mapping[str, Form]) -> dict[str, Form]:
    top = Table.parse(text, name)
    top.only("forms")
    forms = top.table("forms", "", "[forms.order]")
    return {form: _form(forms, form, environment, known) for form in forms.values}


def _form(forms: Table, name: str, environment: Mapping[str, str], known: Mapping[str, Form]) -> Form:
    if not IS_FORM.fullmatch(name):
        forms.fail(f"{quoted(name)} cannot stand in an address: Latin letters, digits, - and _, at most 64", name)
    table = forms.table(name, f'form "{name}": ', "[forms.order]")
    table.only(*KEYS)
    base = _preset(table, known)
    return replace(
        base,
        fields={**base.fields, **_fields(table)},
        labels={**base.labels, **_labels(table)},
        constant=_constant(table),
        drop=(*base.drop, *(fold_pattern(pattern) for pattern in (table.texts("drop") if "drop" in table else ()))),
        cookies=table.text("cookies") if "cookies" in table else base.cookies,
        trial=_texts(table, "trial", '{ test = "test" }') if "trial" in table else base.trial,
        reply=_reply(table) if "reply" in table else base.reply,
        secret=_secret(table, environment) if "secret" in table else None,
        script=table.flag("script", base.script),
        keeps_errors=table.flag("keeps_errors", base.keeps_errors),
    )


def _preset(table: Table, known: Mapping[str, Form]) -> Form:
    if "preset" not in table:
        return Form()
    preset = table.text("preset")
    if preset not in known:
        table.fail(f"no preset {quoted(preset)}{hint(preset, known) or '; there are: ' + ', '.join(known)}", "preset")
    return replace(known[preset], preset=preset)


def _fields(table: Table) -> dict[str, str]:
    found = _texts(table, "fields", '{ "Ваше имя" = "name" }')
    inner = table.table("fields")
    for theirs, ours in found.items():
        if ours not in OURS:
            inner.fail(f"{quoted(ours)} is none of our fields{hint(ours, OURS)}: {', '.join(sorted(OURS))}", theirs)
    return {fold_pattern(theirs): ours for theirs, ours in found.items()}


def _labels(table: Table) -> dict[str, str]:
    found = _texts(table, "labels", '{ "result.title" = "Result" }')
    return {fold(theirs): label for theirs, label in found.items()}


def _constant(table: Table) -> dict[str, str]:
    return _texts(table, "constant", '{ utm_source = "quiz" }')


def _reply(table: Table) -> Reply:
    inner = table.table("reply", example='{ status = 200, text = "ok" }')
    inner.only("status", "text")
    return Reply(inner.whole("status", 200, 299, default=200), inner.text("text") if "text" in inner else "ok")


def _secret(table: Table, environment: Mapping[str, str]) -> Secret:
    inner = table.table("secret", example='{ in = "header", name = "X-Api-Key", variable = "ORDER_SECRET" }')
    inner.only("in", "name", "variable")
    place, name, variable = inner.text("in"), inner.text("name"), inner.text("variable")
    if place not in PLACES:
        inner.fail(f"in must be one of {', '.join(PLACES)}, got {quoted(place)}", "in")
    value = environment.get(variable, "").strip()
    if not value:
        inner.fail(f"the environment variable {variable} is not set; put the secret into it", "variable")
    return Secret(cast(Place, place), name, variable, value)


def _texts(table: Table, key: str, example: str) -> dict[str, str]:
    inner = table.table(key, example=example)
    return {name: inner.text(name) for name in inner.values}
