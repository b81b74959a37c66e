"""Lines of a TOML file: each key is found where it stands."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.config.locate import Lines

FILE = '''\
# a comment = 1
[station]
vendor = "a # b = c"
"quoted name" = 1
model = """
[fake]
not_a_key = 2
""" # after
serial = \'\'\'
x = 1\'\'\'

[[evse]]
id = 1
list = [
  1, # = ]
  "]",
]
inline = { a = 1, b = { c = 2 } }
[[evse]]
id = 2
[evse.sub]
deep = 1
[ocpp . "keys"]
a.b."c.d" = 1
'''


def test_each_kind_of_key_has_its_line() -> None:
    tomllib.loads(FILE)
    lines = Lines(FILE)
    assert lines.of(("station",)) == 2
    assert lines.of(("station", "vendor")) == 3
    assert lines.of(("station", "quoted name")) == 4
    assert lines.of(("station", "model")) == 5
    assert lines.of(("station", "serial")) == 9
    assert lines.of(("evse",)) == 12
    assert lines.of(("evse", 0, "id")) == 13
    assert lines.of(("evse", 0, "list")) == 14
    assert lines.of(("evse", 0, "inline", "b", "c")) == 18
    assert lines.of(("evse", 1)) == 19
    assert lines.of(("evse", 1, "id")) == 20
    assert lines.of(("evse", 1, "sub", "deep")) == 22
    assert lines.of(("ocpp", "keys", "a", "b", "c.d")) == 24


def test_what_is_not_there_has_the_line_of_what_should_hold_it() -> None:
    lines = Lines(FILE)
    assert lines.of(("station", "firmware_version")) == 2
    assert lines.of(("evse", 1, "max_a")) == 19
    assert lines.of(("web", "enabled")) == 1


@given(st.text(alphabet="ab=\"'[]{}.,#\n \\x", max_size=40))
def test_text_that_is_toml_never_confuses_the_locator(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = Lines(text)
    for name in document:
        assert name == "" or name in text.splitlines()[lines.of((name,)) - 1]
