"""In German nothing stays English that somebody reads: each sentence that the charger says is told.

The page has its own words in two files, which ``test_page_files.py`` compares. What the charger
says itself is English: reasons, refusals, results of tests, help. The sentences are read from the
modules that say them, so a new one without its German fails here, and so does one that is gone.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.firmware.config import schema
from ampkeeper.firmware.faces.web import files
from ampkeeper.firmware.faults import BY_NAME
from ampkeeper.firmware.ocpp.variables import SETTINGS
from ampkeeper.firmware.safety.names import SELF_TESTS
from ampkeeper.firmware.security_events import SecurityEventKind
from ampkeeper.firmware.selftests.words import BITS, CHOICES
from ampkeeper.firmware.station import audit
from ampkeeper.firmware.station.settings_door import _is_open
from ampkeeper.firmware.update import table as update_table

FIRMWARE = Path(files.__file__).parents[2]
WORDS, SAID, HELP = (
    json.loads((files.FOLDER / f"de{part}.json").read_text("utf-8"))
    for part in ("", ".said", ".help")
)
# fmt: off
LIMITS = """
    station/sealing station/evse station/limits_view station/energy station/resumption
    station/delaying station/grid station/enforcing station/phases station/mains
    station/owner_limit station/site_door station/absence station/limiting station/charging
    limits/ledger limits/phase_choice limits/phase_sequence energy/grid_operator energy/overload
    energy/plan energy/surplus energy/mains energy/steps station/site_view
"""
UPDATES = """
    station/update_fetch station/update_file station/update_grounds station/update_steps
    station/updates station/sticks update/application update/envelope update/folder_installer
    update/folders update/installer update/pair update/payloads update/pilot_image update/rauc
    update/rauc_slots update/rauc_pair update/slots update/trial update/verdict
    update/development
"""
REFUSALS = """
    faces/gate people access/book access/passwords station/access_desk station/api
    station/charges_door station/commissioning station/energy_door station/evidence
    station/hours_door station/limit_door station/owner_door station/privacy_door
    station/settings_door station/totals station/users_door station/users users/book
    users/csv_file users/forms energy/hours faces/web/app faces/web/entry faces/web/files
    faces/web/handlers faces/web/headers faces/web/reading faces/web/stream faces/web/upload
    faces/web/refused ocpp/setting station/payments_door
"""
FINDINGS = """
    selftests/words commissioning/checks station/security station/security_log station/audit
"""
# fmt: on
MODULES = " ".join((LIMITS, UPDATES, REFUSALS, FINDINGS)).split()
NOT_SHOWN = Path(__file__).with_name("not_shown.txt").read_text("utf-8").splitlines()
ENUMERATED = (
    {*SELF_TESTS}
    | {word for words in BITS.values() for word in words}
    | {word for words in CHOICES.values() for word in words}
)


def template(node: ast.AST) -> str | None:
    """The sentence that a piece of code makes, with {} for what changes; None: it makes none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{\w*\}", "{}", node.value)
    if isinstance(node, ast.JoinedStr):
        parts = node.values
        return "".join(str(x.value) if isinstance(x, ast.Constant) else "{}" for x in parts)
    return None


def sentences(tree: ast.AST) -> Iterator[str]:
    """All within it, but docstrings, the names of types, and what only our own bug says."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        found = template(node)
        if found is not None:
            yield found
        is_document = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (is_document or isinstance(node, ast.Assert)):
            waiting += parts_of(node)


def parts_of(node: ast.AST) -> Iterator[ast.AST]:
    """What it is made of; of a sentence only what changes in it."""
    types = [getattr(node, name, None) for name in ("annotation", "returns")]
    for part in ast.iter_child_nodes(node):
        is_told = isinstance(node, ast.JoinedStr) and isinstance(part, ast.Constant)
        if not is_told and not any(part is one for one in types):
            yield part


def is_sentence(text: str) -> bool:
    """True for words that belong together; not for a name, nor for what a log gets."""
    has_words = re.search(r"[A-Za-z]{2}", text.replace("{}", "")) and re.search(r"\S \S", text)
    is_list = re.fullmatch(r"[a-z_]+(, [a-z_]+){3,}", text)
    return bool(has_words) and not is_list and not re.search(r"%[sgd]", text)


def said_by(module: str) -> set[str]:
    """Every sentence of a module."""
    tree = ast.parse((FIRMWARE / f"{module}.py").read_text("utf-8"))
    return {text for text in sentences(tree) if is_sentence(text)}


@pytest.mark.parametrize("module", MODULES)
def test_each_sentence_that_the_charger_says_has_its_german(module: str) -> None:
    wanted = "de.said.json lacks it; or, if nobody reads it at the page, not_shown.txt does"
    assert said_by(module) - set(SAID) - set(NOT_SHOWN) == set(), wanted


def test_no_german_is_left_of_what_nobody_says() -> None:
    said = set().union(*map(said_by, MODULES))
    assert set(SAID) <= said | ENUMERATED
    assert set(NOT_SHOWN) <= said
    assert set(NOT_SHOWN) & set(SAID) == set()


def test_what_is_told_by_a_word_of_a_list_has_its_german() -> None:
    assert set(SAID) >= ENUMERATED


def test_the_holes_are_as_many() -> None:
    assert {key for key, text in SAID.items() if key.count("{}") != text.count("{}")} == set()
    assert all(text.strip() for text in (*SAID.values(), *HELP.values()))


def test_each_help_has_its_german_and_none_is_left_over() -> None:
    described, waiting = set(), [schema.schema()]
    while waiting:
        part = waiting.pop()
        if isinstance(part.get("description"), str):
            described.add(part["description"])
        for inner in part.values():
            listed = inner if isinstance(inner, list) else [inner]
            waiting += [one for one in listed if isinstance(one, dict)]
    described |= {setting.help for setting in SETTINGS if _is_open(setting)}
    assert set(HELP) == described


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("fault", set(BY_NAME)),
        ("fault-name", set(BY_NAME)),
        ("security", {str(kind) for kind in SecurityEventKind}),
        ("order", {row[3] for row in update_table.TABLE} - {""}),
        ("action", audit.ALWAYS | audit.WITH_ACTION | set(audit.ONLY_WITH)
         | {"set-up", "log-in", "password", "add user", "drop user", "add token", "drop token"}),
    ],
)  # fmt: skip
def test_what_has_a_name_has_a_german_one(group: str, names: set[str]) -> None:
    keys = {key for key in WORDS if key.startswith(f"{group}.")}
    assert {key.partition(".")[2] for key in keys} == names
