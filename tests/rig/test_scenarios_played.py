"""Scenarios in virtual time and by a process: the verdict, the report, the record."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import pytest

from ampkeeper.board.emulated.rig.command import EXAMPLES
from ampkeeper.firmware.faces.cli import main

QUICK = ("broken_cable", "failed_update", "power_cut")
BAD = """\
name = "Nobody swipes"
[[step]]
do = { plug = {} }
expect = { status = "Charging" }
within = "5 s"
"""


def test_ready_examples_pass_in_virtual_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(EXAMPLES / f"{name}.toml") for name in QUICK]
    words = ["--virtual", "--junit", str(tmp_path / "junit.xml"), "--record", str(tmp_path)]
    assert main(["scenario", *files, *words]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out.count("PASS") == len(QUICK)
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "0")
    lines = (tmp_path / "broken_cable-AK0001.jsonl").read_text().splitlines()
    assert json.loads(json.loads(lines[0])["text"])[2] == "BootNotification"


def test_a_scenario_that_fails_says_where_and_what_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(BAD)
    junit = tmp_path / "junit.xml"
    assert main(["scenario", str(file), "--virtual", "--json", "--junit", str(junit)]) == 1
    (verdict,) = json.loads(capsys.readouterr().out)["scenarios"]
    assert verdict["verdict"] == "FAIL"
    (problem,) = verdict["problems"]
    assert f'{file}:2: AK0001: not within 5 s: status: expected "Charging"' in problem
    assert 'seen "Preparing"' in problem
    failure = ElementTree.parse(junit).getroot().find("testcase/failure")
    assert failure is not None
    assert "not within 5 s" in failure.attrib["message"]


def test_an_address_that_answers_200_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"ws://127.0.0.1:{server.server_port}/ocpp"
        assert main(["scenario", "--examples", "--csms", url]) == 2
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    said = capsys.readouterr().err
    assert "answers HTTP 200: must be a WebSocket that speaks ocpp" in said
    assert "nothing was started" in said


@pytest.mark.process
def test_a_process_plays_the_same_file_as_virtual_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(EXAMPLES / "broken_cable.toml"), "--speed", "5", "--record", str(tmp_path)]
    assert main(["scenario", *words]) == 0, capsys.readouterr().out
    assert (tmp_path / "broken_cable-AK0001.jsonl").stat().st_size > 0
