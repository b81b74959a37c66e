"""Mains, sun, hours, prices and departures in the file: what is taken, and what is refused."""

import pytest

from ampkeeper.firmware.config import Config, ConfigError, parse
from ampkeeper.firmware.energy.configured import window_of
from ampkeeper.firmware.energy.schedules import CHARGE, Window
from ampkeeper.firmware.faces.cli.start import checkers
from tests.unit.config.files import SMALLEST

NIGHT = '[[schedule]]\nname = "night"\nbegin = "22:00"\nend = "06:00"\n'
PEAK = '[[schedule]]\nname = "peak"\nbegin = "17:00"\nend = "20:00"\nwhat = "limit"\n'
BROKER = '[mqtt]\nurl = "mqtt://127.0.0.1:1883"\n'
MQTT = BROKER + '[mains]\nsource = "mqtt"\n'


def read(text: str) -> Config:
    return parse(SMALLEST + text, checkers=checkers())


def test_a_file_that_says_nothing_charges_at_once_and_watches_nothing() -> None:
    config = read("")
    assert (config.energy.mode, config.mains.source, config.mains.fuse_a) == ("now", "none", None)
    assert (config.schedule, config.departure) == ((), ())


def test_hours_are_read() -> None:
    (row,) = read(NIGHT + 'days = ["mon", "fri"]\n').schedule
    values = {name: getattr(row, name) for name in type(row).__slots__}
    assert window_of(values) == Window("night", (0, 4), 1_320, 360, None, CHARGE, 0)


def test_hours_of_different_kinds_or_days_may_meet() -> None:
    day = NIGHT.replace("22:00", "10:00").replace("06:00", "19:00").replace("night", "day")
    assert len(read(NIGHT + day + PEAK + "max_a = 0\n").schedule) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            NIGHT + NIGHT.replace("night", "other"),
            "schedule[2].begin = \"22:00\": overlaps [[schedule]] 1, 'night', on mon 22:00",
        ),
        (PEAK, "schedule[1].max_a: missing: a limit needs its current"),
        (NIGHT + "evse = 2\n", "schedule[1].evse = 2: no such EVSE"),
        (NIGHT.replace("22:00", "24:00"), "must be a time of the day"),
        (NIGHT.replace("22:00", "9:00"), "must be a time of the day"),
        (NIGHT + "max_a = 3\n", "0 or 6 to 80 A"),
        (NIGHT + 'days = ["monday"]\n', '"mon" or "tue"'),
        ('[energy]\ntime_zone = "Mars/Olympus"\n', "no such time zone"),
        ('[energy]\ntime_zone = "../../etc/passwd"\n', "no such time zone"),
        ('[energy]\nmode = "surplus"\n', "set mains.source"),
        ('[energy]\nmode = "schedule"\n', "write a [[schedule]]"),
        ('[energy]\nmode = "price"\n', "set price.limit or price.cheapest_h"),
        ('[energy]\nmode = "sometimes"\n', "min+surplus"),
        ("[energy]\nrandom_delay_s = 1801\n", "0 to 1800 s"),
        ('[energy]\ncountry = "gb"\n', "energy.country"),
        ("[mains]\nfuse_a = 35\n", "nobody watches the fuse"),
        ('[grid]\ntopic = "grid/cap"\n', "there is no broker"),
        (BROKER + '[grid]\ninput = "line"\ntopic = "a"\n', "orders come by the line"),
        ('[grid]\ninput = "relay"\n', '"topic" or "line"'),
        ("[grid]\ndebounce_ms = 5\n", "20 to 5000 ms"),
        (MQTT, "needs one topic, or three"),
        ('[mains]\nsource = "mqtt"\ntopics = ["a"]\n', "there is no broker: set mqtt.url"),
        ('[price]\ntopic = "a"\n', "there is no broker: set mqtt.url"),
        ('[grid]\ntopic = "a"\n', "there is no broker: set mqtt.url"),
        (MQTT + 'topics = ["a/+"]\n', "must be one topic, without + and #"),
        (BROKER + '[price]\ntopic = "a/#/b"\n', "must be one topic"),
        (BROKER + '[grid]\ntopic = "a#"\n', "must be one topic"),
        (MQTT + 'topics = ["a"]\n[grid]\ntopic = "a"\n', "is mains.topics already"),
        (BROKER + '[price]\ntopic = "a"\n[grid]\ntopic = "a"\n', "is price.topic already"),
        (MQTT + 'topics = ["a", "b"]\n', "one topic or three"),
        (MQTT + 'topics = ["a"]\nfuse_a = 35\n', "cannot be watched by a total"),
        (MQTT + 'topics = ["a"]\nplaces = ["a..b"]\n', "names with dots"),
        ('[mains]\nrotation = ["L1", "L1", "L2"]\n', "each at most once"),
        ("[mains]\nstale_a = 3\n", "0 or 6 to 80 A"),
        ('[[departure]]\nat = "07:30"\n', "departure[1].energy_wh: missing"),
        ('[[departure]]\nat = "07:30"\nenergy_wh = 9000\nevse = 3\n', "no such EVSE"),
    ],
)
def test_what_cannot_be_is_refused_with_what_and_where(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert words in "\n".join(str(problem) for problem in refused.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        'topics = ["a"]\n',
        'topics = ["a"]\nplaces = ["p[0]", "p[1]", "p[2]"]\nfuse_a = 35\n',
        'topics = ["a", "b", "c"]\nunit_of_values = "A"\nfuse_a = 35\n',
        'topics = ["a", "b", "c"]\nplaces = ["value"]\n',
    ],
)
def test_topics_and_places_give_a_total_or_three_phases(text: str) -> None:
    assert read(MQTT + text).mains.source == "mqtt"
