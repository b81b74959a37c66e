"""What the README promises is there: its commands, its targets and its example."""

import re
import tomllib

import pytest

from ampkeeper.firmware.config import load
from tests.tidy.sources import ROOT

README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def test_the_example_configuration_is_accepted() -> None:
    config = load(ROOT / "docs" / "charger.toml")
    assert config.ocpp.id == "AK0001"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)\b", README))))
def test_a_target_that_the_readme_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE), target


def test_the_command_is_the_one_that_the_readme_uses() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert ".venv/bin/ampkeeper emulate" in README
    assert list(scripts) == ["ampkeeper"]
