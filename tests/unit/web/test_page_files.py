"""The page: small, of one piece, from nowhere else, and every word in both languages."""

import json
import re
from pathlib import Path

import pytest

from ampkeeper.firmware.access.roles import PEOPLE
from ampkeeper.firmware.energy.plan import MODES as ENERGY_MODES
from ampkeeper.firmware.faces.web import files
from ampkeeper.firmware.faces.web.routes import MODES, ROWS
from ampkeeper.firmware.facts import ConnectorState, StopReason
from ampkeeper.firmware.station.view import SESSION_STATES
from ampkeeper.firmware.station.waiting import WAITS
from tests.unit.web.web_rig import WebRig

FOLDER = files.FOLDER
TEXTS = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
ENGLISH, GERMAN = (json.loads(TEXTS[name]) for name in ("en.json", "de.json"))
BYTES_MAX = 150_000  # of a first view
ALL_BYTES_MAX = 300_000  # the charger keeps it in memory
ENGLISH_ALREADY = ("fault", "fault-name", "security", "order", "action")  # test_german.py
# What is told by a name that is made as it goes: its names are compared with the station's.
GROUPS = ("status", "reason", "session", "mode", "role", "link", "source", "result", "place",
          "by", "total", "chart", "setup", "login", "updating", "test", "audit", "check", "proof",
          "todo", "what", "waits", "refusal", *ENGLISH_ALREADY)  # fmt: skip
LIMITS = Path(files.__file__).parents[2] / "limits" / "README.md"


def sources() -> set[str]:
    """What may limit, as the README of the limits lists it."""
    (line,) = (line for line in LIMITS.read_text("utf-8").splitlines() if "Sources so far" in line)
    return {name for name in re.findall(r"`([a-z_]+)`", line) if name != "is_below"}


def modules_of_the_first_view() -> set[str]:
    """What is imported before anything is shown."""
    wanted: set[str] = set()
    waiting = ["app.js"]
    while waiting:
        found = set(re.findall(r'^import .*"/page/([a-z]+\.js)";', TEXTS[waiting.pop()], re.M))
        waiting += sorted(found - wanted)
        wanted |= found
    return wanted


@pytest.mark.parametrize("words", [["en.json"], ["de.json", "de.said.json"]], ids=["en", "de"])
def test_a_first_view_is_small_in_each_language(words: list[str]) -> None:
    asked = {"index.html", "style.css", "icon.svg", "app.js", "app.webmanifest", *words}
    asked |= modules_of_the_first_view()
    assert sum(len(TEXTS[name].encode()) for name in asked) <= BYTES_MAX


def test_all_of_it_is_small() -> None:
    assert sum(len(text.encode()) for text in TEXTS.values()) <= ALL_BYTES_MAX


def test_no_word_is_left_that_nobody_asks_for() -> None:
    asking = "".join(text for name, text in TEXTS.items() if not name.endswith(".json"))
    unused = [
        key for key in GERMAN if f'"{key}"' not in asking and key.partition(".")[0] not in GROUPS
    ]
    assert unused == []
    for group in GROUPS:
        assert re.search(rf'words\("{group}"|`(\$\{{kind\}}|{group})\.', asking), group


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_nothing_comes_from_elsewhere(name: str) -> None:
    addresses = re.findall(r"(?:https?:)?//[a-z0-9][^\s\"'`)]*", TEXTS[name])
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}, "the name of SVG, which nobody fetches"
    for path in re.findall(r"/page/([a-z.]+\.[a-z]+)", TEXTS[name]):
        assert path in TEXTS


def test_no_script_and_no_style_stands_in_the_page_itself() -> None:
    page = TEXTS["index.html"]
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", page) == []
    scripts = "".join(text for name, text in TEXTS.items() if name.endswith(".js"))
    assert re.findall(r"innerHTML|outerHTML|document\.write|eval\(|new Function", scripts) == []


def test_both_languages_have_every_word() -> None:
    ours = tuple(f"{group}." for group in ENGLISH_ALREADY)
    german = {key for key in GERMAN if not key.startswith(ours)}
    assert german == set(ENGLISH)
    assert all(text.strip() for text in (*ENGLISH.values(), *GERMAN.values()))
    for key, text in ENGLISH.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", GERMAN[key])), key


def test_every_word_that_the_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'data-t="([^"]+)"', TEXTS["index.html"]))
    for name, text in TEXTS.items():
        if name.endswith(".js"):
            asked |= set(re.findall(r'\bsay\("([^"$]+)"', text))
    assert asked <= set(ENGLISH)


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("status", {str(one) for one in ConnectorState}),
        ("reason", {str(one) for one in StopReason}),
        ("session", {*SESSION_STATES.values(), "connected"}),
        ("mode", set(MODES)),
        ("role", set(PEOPLE)),
        ("link", {"none", "connected", "connecting", "waiting", "off"}),
        ("source", sources() | {"site", "none"}),
        ("waits", set(WAITS)),
    ],
)
def test_whatever_the_station_tells_has_a_word(group: str, names: set[str]) -> None:
    assert {key.partition(".")[2] for key in ENGLISH if key.startswith(f"{group}.")} >= names


def test_the_modes_are_the_station_s() -> None:
    assert set(MODES) == set(ENERGY_MODES)


async def test_the_page_and_its_files_are_served_to_anybody() -> None:
    rig = WebRig(is_set_up=False)
    page = await rig.ask("GET", "/")
    assert page.headers["content-type"].startswith("text/html")
    assert page.content == (FOLDER / "index.html").read_bytes()
    for name in TEXTS:
        answer = await rig.ask("GET", f"/page/{name}")
        assert (answer.status_code, answer.content) == (200, (FOLDER / name).read_bytes())
        seen = {"if-none-match": answer.headers["etag"]}
        assert (await rig.ask("GET", f"/page/{name}", headers=seen)).status_code == 304


@pytest.mark.parametrize("name", ["app.py", "..%2fapp.py", "%2e%2e", "index.html%00", "x" * 41])
async def test_no_other_file_is(name: str) -> None:
    assert (await WebRig().ask("GET", f"/page/{name}")).status_code == 404


def test_every_route_that_the_page_asks_is_one() -> None:
    paths = {row.path.removeprefix("/api/v1") for row in ROWS}
    asked = set(re.findall(r'ask\("[A-Z]+", "(/[a-z]+)', "".join(TEXTS.values())))
    assert {path for path in asked if not path.startswith("/world")} <= paths


def test_the_modules_of_the_first_view_are_asked_for_at_once() -> None:
    wanted = modules_of_the_first_view()
    told = re.findall(r'rel="modulepreload" href="/page/([a-z]+\.js)"', TEXTS["index.html"])
    assert sorted(told) == sorted(wanted)
