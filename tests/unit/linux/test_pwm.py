"""PWM on files in a folder: always high at the start and at the end, never above the period."""

from pathlib import Path

import pytest

from ampkeeper.hal.errors import AbsentError
from ampkeeper.hal.linux.pwm import SysfsPwm

PERIOD_NS = 1_000_000


def chip(folder: Path, period: str = "0", duty: str = "0", polarity: str = "normal") -> Path:
    channel = folder / "pwm0"
    channel.mkdir()
    files = {"period": period, "duty_cycle": duty, "enable": "0", "polarity": polarity}
    for name, text in files.items():
        (channel / name).write_text(text)
    return folder


def content(folder: Path, name: str) -> str:
    return (folder / "pwm0" / name).read_text().split()[0]


def written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files in the order in which they are written."""
    names: list[str] = []
    write = Path.write_text

    def note(path: Path, text: str) -> int:
        names.append(path.name)
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", note)
    return names


def test_it_begins_at_100_percent(tmp_path: Path) -> None:
    SysfsPwm(chip(tmp_path), 0, PERIOD_NS).open()
    assert [content(tmp_path, name) for name in ("period", "duty_cycle", "enable")] == [
        "1000000",
        "1000000",
        "1",
    ]


def test_a_channel_that_is_not_exported_is_exported_and_waited_for(tmp_path: Path) -> None:
    waits: list[float] = []

    def sleep(duration_s: float) -> None:
        waits.append(duration_s)
        assert (tmp_path / "export").read_text() == "0\n"
        if len(waits) == 3:
            chip(tmp_path)

    SysfsPwm(tmp_path, 0, PERIOD_NS, sleep).open()
    assert content(tmp_path, "enable") == "1"


def test_files_that_never_come_are_absent(tmp_path: Path) -> None:
    with pytest.raises(AbsentError, match="pwm0 cannot be written after 1"):
        SysfsPwm(tmp_path, 0, PERIOD_NS, lambda _: None).open()


def test_a_chip_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with pytest.raises(AbsentError, match="No such file"):
        SysfsPwm(tmp_path / "pwmchip9", 0, PERIOD_NS).open()


@pytest.mark.parametrize(
    ("period", "order"),
    [("2000000", ["duty_cycle", "period"]), ("500000", ["period", "duty_cycle"])],
)
def test_the_duty_is_never_above_the_period(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, period: str, order: list[str]
) -> None:
    made = chip(tmp_path, period, "400000")
    names = written(tmp_path, monkeypatch)
    SysfsPwm(made, 0, PERIOD_NS).open()
    assert names == [*order, "enable"]


def test_an_inverted_channel_is_turned_round(tmp_path: Path) -> None:
    SysfsPwm(chip(tmp_path, polarity="inversed"), 0, PERIOD_NS).open()
    assert content(tmp_path, "polarity") == "normal"


def test_the_duty_follows_in_nanoseconds(tmp_path: Path) -> None:
    pwm = SysfsPwm(chip(tmp_path), 0, PERIOD_NS)
    pwm.open()
    for duty_ns in (266_656, 0, 50_000, PERIOD_NS):
        pwm.set_duty(duty_ns)
        assert content(tmp_path, "duty_cycle") == str(duty_ns)


def test_the_same_duty_is_not_written_again(tmp_path: Path) -> None:
    pwm = SysfsPwm(chip(tmp_path), 0, PERIOD_NS)
    pwm.open()
    pwm.set_duty(266_656)
    (tmp_path / "pwm0" / "duty_cycle").write_text("untouched")
    pwm.set_duty(266_656)
    assert content(tmp_path, "duty_cycle") == "untouched"


def test_close_leaves_100_percent_behind_and_is_safe_twice(tmp_path: Path) -> None:
    pwm = SysfsPwm(chip(tmp_path), 0, PERIOD_NS)
    pwm.open()
    pwm.set_duty(266_656)
    pwm.close()
    pwm.close()
    assert (content(tmp_path, "duty_cycle"), content(tmp_path, "enable")) == ("1000000", "1")
    with pytest.raises(AbsentError, match="not open"):
        pwm.set_duty(266_656)
