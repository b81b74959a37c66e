"""The log that is kept: bounded, in UTC, and quiet when the disk is not there."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from ampkeeper.firmware.faces.cli.log_file import FILE_BYTES_MAX, FILES_KEPT, LogFile
from ampkeeper.firmware.station.dossier import Span, log_parts


def record(text: str, at: datetime | None = None) -> logging.LogRecord:
    made = logging.LogRecord("name", logging.INFO, "file", 1, text, None, None)
    if at is not None:
        made.created, made.msecs = at.timestamp(), 0
    return made


def test_the_newest_lines_are_kept_and_no_more(tmp_path: Path) -> None:
    kept = LogFile(tmp_path)
    line = "x" * 1000
    for number in range(4000):
        kept.emit(record(f"{number} {line}"))
    kept.close()
    files = sorted((tmp_path / "log").iterdir())
    assert len(files) == FILES_KEPT + 1
    assert sum(file.stat().st_size for file in files) <= (FILES_KEPT + 1) * FILE_BYTES_MAX
    assert "3999 x" in (tmp_path / "log" / "ampkeeper.log").read_text()


def test_diagnostics_cut_it_by_time_and_keep_what_belongs_to_a_line(tmp_path: Path) -> None:
    kept = LogFile(tmp_path)
    for hour in range(4):
        kept.emit(record(f"at {hour}\n  and more", datetime(2026, 11, 22, hour, tzinfo=UTC)))
    kept.close()
    span = Span(datetime(2026, 11, 22, 1, tzinfo=UTC), datetime(2026, 11, 22, 2, tzinfo=UTC))
    (part,) = log_parts(tmp_path / "log", span)
    assert part.name == "log/ampkeeper.log"
    assert [line.partition(": ")[2] or line for line in part.lines] == [
        "at 1", "  and more", "at 2", "  and more",
    ]  # fmt: skip


def test_the_oldest_file_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    for name in ("ampkeeper.log", "ampkeeper.log.1", "ampkeeper.log.2", "other"):
        (folder / name).write_text(name)
    assert [part.name for part in log_parts(folder, Span())] == [
        "log/ampkeeper.log.2", "log/ampkeeper.log.1", "log/ampkeeper.log",
    ]  # fmt: skip


def test_a_file_that_cannot_be_written_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    kept = LogFile(tmp_path)
    kept.stream.close()
    kept.stream = (tmp_path / "log" / "ampkeeper.log").open("rb")  # refuses every write
    kept.handle(record("lost"))
    kept.close()
