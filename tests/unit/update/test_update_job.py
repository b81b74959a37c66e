"""A job: its steps, and that a power cut loses nothing of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.update import table
from ampkeeper.firmware.update.job import Job, Order, job_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORDER = Order("ftp://me:secret@host/f.bin", 2, 30, NOON, None, 7, "PEM", "c2ln")


def test_an_order_for_now_begins_at_once_and_one_for_later_waits() -> None:
    assert Job().ordered(ORDER, NOON).told == "Downloading"
    later = Job().ordered(ORDER, NOON - timedelta(seconds=1))
    assert later.told == "DownloadScheduled"
    assert later.stepped(table.DUE).state == table.FETCHING


def test_a_whole_update_keeps_its_request_id_to_the_last_status() -> None:
    job = Job().ordered(ORDER, NOON)
    events = (table.FETCHED, table.GOOD, table.CLEAR, table.FREE, table.RESTART, table.NEW_RUNS)
    for event in events:
        job = job.stepped(event)
        assert job.request_id == 7
    assert (job.state, job.told) == (table.IDLE, "Installed")


def test_what_is_over_remembers_no_password() -> None:
    job = Job().ordered(ORDER, NOON).stepped(table.LOST, "gone")
    assert "secret" not in job.to_text()
    assert (job.told, job.reason) == ("DownloadFailed", "gone")


def test_a_silent_step_keeps_what_was_told_last() -> None:
    job = Job().ordered(ORDER, NOON).stepped(table.FETCHED).stepped(table.PLAIN)
    assert (job.state, job.told) == (table.READY, "Downloaded")


def test_a_new_order_replaces_the_old_one() -> None:
    second = Order("http://host/g", 0, 0, NOON, None, 8)
    job = Job().ordered(ORDER, NOON).stepped(table.FETCHED).ordered(second, NOON)
    assert (job.order, job.state, job.request_id) == (second, table.FETCHING, 8)


@given(
    st.lists(st.integers(0, len(table.EVENTS) - 1), max_size=12),
    st.integers(0, 1),
    st.text(max_size=40),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_every_job_is_kept_over_a_power_cut(
    events: list[int], is_later: int, location: str, install_at: datetime | None
) -> None:
    order = Order(location, 1, 2, NOON, install_at, None)
    job = Job().ordered(order, NOON - timedelta(seconds=is_later))
    for event in events:
        job = job.stepped(event, "why")
        assert job_of(job.to_text()) == job


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"state": "IDLE"}', "[" * 40_000, "x" * 40_000,
     Job().to_text().replace("IDLE", "FETCHING"), Job().to_text().replace("IDLE", "HAPPY")],
)  # fmt: skip
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each in words of its own
        job_of(text)
