"""The image and the compose files, as far as they can be read without an engine."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings

ROOT = Path(__file__).parents[1]
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
ENV_EXAMPLE = (DOCKER / "env.example").read_text("utf-8")
LINES = re.findall(r"^#?([A-Z_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE)
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)


def compose(kind: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DOCKER / f"compose.{kind}.yaml").read_text("utf-8"))
    return loaded


def default_of(name: str) -> str:
    default = Settings.model_fields[name.lower()].default
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or default == frozenset() else str(default)


def test_what_is_copied_exists_and_is_sent_to_the_build() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    copied = [path for line in instructions("COPY") if "--from" not in line for path in line.split()[:-1]]
    assert {"bot", "handlers", "integrations", "scheduler", "pyproject.toml", "constraints.txt"} <= set(copied)
    for path in copied:
        assert (ROOT / path).exists(), path
        assert path in allowed


def test_the_image_installs_what_make_installs() -> None:
    """The same constraints and the same editable install, without the tools of development."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "-c constraints.txt -e '.[dev]'" in makefile
    run = " ".join(instructions("RUN"))
    assert "-c constraints.txt -r requirements.txt" in run
    assert "--no-deps -e ." in run


def test_the_image_starts_what_the_makefile_starts() -> None:
    command = json.loads(instructions("ENTRYPOINT")[0]) + json.loads(instructions("CMD")[0])
    assert command == ["python", "-m", "bot", "run"]
    assert "-m bot run" in (ROOT / "Makefile").read_text("utf-8")


def test_every_image_that_can_be_built_runs_as_nobody_in_particular() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    for stage in (stage for stage in stages if stage.startswith("app")):
        assert re.findall(r"^USER (.*)$", stage, re.MULTILINE)[-1] == "10001:10001"
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert instructions("VOLUME") == ["/data"]
    health = instructions("HEALTHCHECK")[0].split("CMD ")[1]
    assert (ROOT / json.loads(health)[1]).exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_compose_services_are_healthy_and_need_their_secrets(kind: str) -> None:
    services = compose(kind)["services"]
    for name, service in services.items():
        assert "healthcheck" in service, name
    environment = services["gemba"]["environment"]
    assert environment["BOT_TOKEN"].startswith("${BOT_TOKEN:?")
    assert services["gemba"]["command"] == ["run"]
    assert (ROOT / "docker" / services["gemba"]["build"]["context"] / services["gemba"]["build"]["dockerfile"]).exists()
    assert set(environment) <= {name for name, _ in LINES}


def test_compose_with_postgres_migrates_before_it_runs() -> None:
    services = compose("postgres")["services"]
    assert services["migrate"]["command"] == ["migrate"]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["gemba"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert services["gemba"]["build"]["target"] == services["migrate"]["build"]["target"] == "postgres"


def test_every_setting_is_documented_once_with_its_default() -> None:
    names = [name for name, _ in LINES if name not in COMPOSE_ONLY]
    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)
    assert {name: value for name, value in LINES if name not in COMPOSE_ONLY} == {n: default_of(n) for n in names}


def test_every_setting_has_a_line_of_explanation() -> None:
    lines = ENV_EXAMPLE.splitlines()
    for above, line in pairwise(lines):
        if re.match(r"#?[A-Z_]+=", line):
            assert re.match(r"# \S.{15,}", above), line
