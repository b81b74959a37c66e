"""Metrics: a fleet's numbers in the text format of Prometheus, at ``/metrics`` and nowhere else."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

PATH = "/metrics"
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
GAUGES = ("chargers", "running", "connected", "booted", "answer_ms_p50", "answer_ms_p99")
COUNTERS = ("connects", "calls", "answers", "errors", "heard")
LABELLED = (
    ("statuses", "status", "gauge"),
    ("faults", "fault", "counter"),
    ("messages", "action", "counter"),
)

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def text_of(told: Mapping[str, Any]) -> str:
    """Everything that ``Numbers.told`` tells."""
    return "".join(f"{line}\n" for line in _lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    for kind, names in (("gauge", GAUGES), ("counter", COUNTERS)):
        for name in names:
            if told[name] is not None:
                full = _full(name, kind)
                yield f"# TYPE {full} {kind}"
                yield f"{full} {told[name]}"
    for name, label, kind in LABELLED:
        full = _full(name, kind)
        yield f"# TYPE {full} {kind}"
        for value, count in told[name].items():
            yield f'{full}{{{label}="{value}"}} {count}'


def _full(name: str, kind: str) -> str:
    return f"ampkeeper_fleet_{name}_total" if kind == "counter" else f"ampkeeper_fleet_{name}"


class MetricsFace:
    """The ASGI application."""

    def __init__(self, told: Callable[[], Mapping[str, Any]]) -> None:
        self._told = told

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, text = 404, f"there is only {PATH}\n"
        if scope["path"] == PATH:
            status, text = 405, "only GET is answered\n"
            if scope["method"] in ("GET", "HEAD"):
                status, text = 200, text_of(self._told())
        headers = [(b"content-type", CONTENT_TYPE)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})
