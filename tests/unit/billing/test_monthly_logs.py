"""The log of each month, sent once when it is over: by e-mail and pushed, of all or of one user."""

import asyncio
import csv
import email
import email.policy
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.config import ConfigError, parse
from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.faces.delivery.letters import PUSH, Log
from ampkeeper.firmware.faces.delivery.monthly import MonthlyFace, Source, log_month, months_due
from ampkeeper.firmware.post import Post
from ampkeeper.firmware.station.posting import monthly_logs_of
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.errors import RefusedError, TransientError
from tests.unit.config.files import SMALLEST
from tests.unit.store.examples import closed_session

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWO = """
[delivery]
mail_from = "bills@example.com"
smtp_host = "mail.example.com"
push_url = "https://example.com/"
[[monthly_log]]
mail_to = "boss@example.com"
[[monthly_log]]
user = "04a224b1"
push = true
[energy]
time_zone = "UTC"
"""
USER_OF_TWO_LINES = '[[monthly_log]]\nuser = "Anna\\u2028Berg"'


@pytest.mark.parametrize(
    ("sent", "now", "began", "due"),
    [
        ("2026-10", DECEMBER - HOUR, None, []),
        ("2026-10", DECEMBER, None, []),
        ("2026-10", DECEMBER + HOUR, None, ["2026-11"]),
        ("2026-11", DECEMBER + HOUR, None, []),
        ("2026-08", DECEMBER, None, ["2026-09", "2026-10"]),
        ("2026-10", DECEMBER + HOUR, DECEMBER - HOUR, []),
        ("2026-10", DECEMBER + HOUR, DECEMBER, ["2026-11"]),
        ("2026-10", DECEMBER + 7 * DAY, DECEMBER - HOUR, ["2026-11"]),
        ("2025-11", DECEMBER.replace(year=2025) + 40 * DAY, None, ["2025-12"]),
    ],
)
def test_a_month_is_due_once_it_is_over_and_nothing_of_it_runs(
    sent: str, now: datetime, began: datetime | None, due: list[str]
) -> None:
    assert months_due(sent, now, began) == due


def test_after_a_long_time_without_a_way_the_newest_two_years_are_sent() -> None:
    found = months_due("2001-01", DECEMBER + HOUR, None)
    assert (len(found), found[0], found[-1]) == (24, "2024-12", "2026-11")


SEVEN_DAYS = DECEMBER + 7 * DAY - HOUR


@pytest.mark.parametrize(
    ("began", "ended", "month"),
    [
        (DECEMBER - 2 * HOUR, DECEMBER - HOUR, "2026-11"),
        (DECEMBER - HOUR, DECEMBER + HOUR, "2026-11"),
        (DECEMBER - HOUR, SEVEN_DAYS - timedelta(seconds=1), "2026-11"),
        (DECEMBER - HOUR, SEVEN_DAYS, "2026-12"),
        (DECEMBER - HOUR, DECEMBER + 32 * DAY, "2026-12"),
        (DECEMBER - HOUR, DECEMBER + 38 * DAY, "2027-01"),
        (DECEMBER, DECEMBER + HOUR, "2026-12"),
    ],
)
def test_each_charge_is_in_the_first_log_that_leaves_after_its_end(
    began: datetime, ended: datetime, month: str
) -> None:
    assert log_month(began, ended) == month


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ampkeeper.db")
    yield opened
    opened.close()


class Far:
    """Whoever gets it: says no so many times, and then takes it."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []

    def send(self, message_id: str, log: Log, month: str, charges: Sequence[Charge]) -> None:
        self.heard.append(month)
        if self.answers:
            raise self.answers.pop(0)


def lived(store: Store, far: Far, began: datetime, for_s: float, *, is_right: bool = True) -> None:
    async def play() -> None:
        clock = LoopClock(began)
        logs = [Log("", PUSH, "https://example.com/")]
        books = (store, StoreWorker(store))
        source = Source(*books, lambda books, month, user: [], clock.now, lambda: is_right)
        async with asyncio.TaskGroup() as group:
            (task,) = MonthlyFace(logs, source, far.send).start(group)
            await asyncio.sleep(for_s)
            task.cancel()

    run_virtual(play())


def test_each_month_is_sent_once_whatever_restarts_and_who_is_away_is_asked_again(
    store: Store,
) -> None:
    far = Far(TransientError("away"), TransientError("away"))
    lived(store, far, DECEMBER - DAY, 60.0)
    assert far.heard == [], "what was before it was configured is in the books"
    lived(store, far, DECEMBER + HOUR, 29.0)
    assert far.heard == ["2026-11"]
    lived(store, far, DECEMBER + 2 * HOUR, 3_600.0)
    lived(store, far, DECEMBER + 5 * HOUR, 3_600.0)
    assert far.heard == ["2026-11"] * 3
    lived(store, far, DECEMBER + 40 * DAY, 60.0)
    assert far.heard[3:] == ["2026-12"]


def test_a_charge_that_outlasts_the_log_of_its_month_is_in_the_next(store: Store) -> None:
    row = closed_session("tx-1")
    store.commit([replace(row, ended_at=DECEMBER + 9 * DAY)])
    box = Box()
    for began in (DECEMBER - DAY, DECEMBER + 10 * DAY, DECEMBER + 40 * DAY):
        run_virtual(posted(store, parse(SMALLEST + TWO), box, began))
    told = {one["month"]: one["charges"] for one in (json.loads(body) for _, body in box.pushed)}
    assert told["2026-11"] == []
    assert [one["session"] for one in told["2026-12"]] == ["tx-1"]


def test_who_refuses_for_good_is_asked_for_the_next_month_only(store: Store) -> None:
    far = Far(RefusedError("nobody of that name"))
    lived(store, far, DECEMBER - DAY, 1.0)
    lived(store, far, DECEMBER + HOUR, 7_200.0)
    assert far.heard == ["2026-11"]


@pytest.mark.parametrize("year", [1970, 2025])
def test_a_clock_that_was_never_set_begins_no_calendar(store: Store, year: int) -> None:
    far = Far()
    lived(store, far, datetime(year, 1, 10, tzinfo=UTC), 60.0)
    lived(store, far, DECEMBER + HOUR, 60.0)
    assert far.heard == []


def test_a_clock_that_nobody_knows_to_be_right_begins_and_sends_nothing(store: Store) -> None:
    far = Far()
    lived(store, far, DECEMBER.replace(year=2036), 60.0, is_right=False)
    lived(store, far, DECEMBER - DAY, 60.0)
    lived(store, far, DECEMBER.replace(year=2036), 60.0, is_right=False)
    assert far.heard == []
    lived(store, far, DECEMBER + HOUR, 60.0)
    assert far.heard == ["2026-11"]


def test_a_clock_that_was_years_ahead_once_silences_no_log(store: Store) -> None:
    far = Far()
    lived(store, far, DECEMBER.replace(year=2036), 60.0)
    lived(store, far, DECEMBER - DAY, 60.0)
    lived(store, far, DECEMBER + HOUR, 60.0)
    assert far.heard == ["2026-11"]


@pytest.mark.parametrize("error", [ValueError, TypeError, LookupError, ArithmeticError])
def test_a_log_that_cannot_be_written_ends_no_station_and_is_tried_again(
    store: Store, error: type[Exception]
) -> None:
    far = Far(error("no letter comes of it"))
    lived(store, far, DECEMBER - DAY, 1.0)
    lived(store, far, DECEMBER + HOUR, 60.0)
    assert far.heard == ["2026-11"] * 2


def test_a_row_that_cannot_be_read_ends_no_station(store: Store) -> None:
    store.commit([closed_session("tx-1")])
    store._connection.execute("UPDATE session SET started_at = 'once'")
    box = Box()
    for began in (DECEMBER - DAY, DECEMBER + HOUR):
        run_virtual(posted(store, parse(SMALLEST + TWO), box, began))
    assert (box.mails, box.pushed) == ([], [])


def test_a_name_with_the_end_of_a_line_in_it_makes_no_second_header(store: Store) -> None:
    box = Box()
    told = parse(SMALLEST + TWO.replace("[[monthly_log]]", USER_OF_TWO_LINES, 1))
    for began in (DECEMBER - DAY, DECEMBER + HOUR):
        run_virtual(posted(store, told, box, began))
    ((_, message),) = box.mails
    letter = email.message_from_bytes(message, policy=email.policy.SMTP)
    assert letter["Subject"] == "Charge log 2026-11 Anna Berg"
    assert parsedate_to_datetime(letter["Date"]) == DECEMBER + HOUR


class Box(Post):
    """Keeps what is handed in."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.pushed: list[tuple[str, bytes]] = []

    def mail(self, message: bytes, to: str) -> None:
        self.mails.append((to, message))

    def push(self, message_id: str, body: bytes) -> None:
        self.pushed.append((message_id, body))


async def posted(store: Store, told: Config, box: Box, began: datetime) -> None:
    face = monthly_logs_of(told, (store, StoreWorker(store)), box, (LoopClock(began), lambda: True))
    async with asyncio.TaskGroup() as group:
        (task,) = face.start(group)
        await asyncio.sleep(30.0)
        task.cancel()


def test_the_log_goes_to_each_by_his_way_as_table_page_and_json(store: Store) -> None:
    row = closed_session("tx-1")
    other = replace(closed_session("tx-2"), id_token="B2")
    begun, over = row.started_at - 40 * DAY, row.started_at - 39 * DAY
    old = replace(closed_session("tx-0"), started_at=begun, ended_at=over)
    store.commit([old, row, other])
    box = Box()
    for began in (DECEMBER - DAY, DECEMBER + HOUR):
        run_virtual(posted(store, parse(SMALLEST + TWO), box, began))
    ((to, message),) = box.mails
    letter = email.message_from_bytes(message, policy=email.policy.SMTP)
    assert (to, letter["To"]) == ("boss@example.com", "boss@example.com")
    assert letter["Subject"] == "Charge log 2026-11"
    table, page = letter.iter_attachments()
    rows = list(csv.DictReader(io.StringIO(table.get_content())))
    assert [one["session"] for one in rows] == ["tx-2", "tx-1"]
    assert page.get_content().startswith(b"%PDF-")
    ((message_id, body),) = box.pushed
    told = json.loads(body)
    assert (told["message_id"], told["month"]) == (message_id, "2026-11")
    assert [one["session"] for one in told["charges"]] == ["tx-1"]
    assert told["sums"][0]["energy_wh"] == 500


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[monthly_log]]\n", "who gets it, or push = true"),
        ("[[monthly_log]]\npush = true\n", "set delivery.push_url"),
        ('[[monthly_log]]\nmail_to = "a@b.org"\n', "monthly_log.mail_to needs it"),
    ],
)
def test_a_log_without_a_way_is_refused_in_the_file(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse(SMALLEST + text)


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_a_port_that_there_is_not_is_refused_in_the_file(port: str) -> None:
    with pytest.raises(ConfigError, match=r"delivery\.push_url.*port"):
        parse(SMALLEST + f'[delivery]\npush_url = "https://example.com:{port}/"\n')
