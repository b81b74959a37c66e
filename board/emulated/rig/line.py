"""Line: what a bad line and a rude central system do to each frame, drawn from a seed; pure."""

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from ampkeeper.board.emulated.key import BadRequestError, shown
from ampkeeper.board.emulated.rig import forms
from ampkeeper.board.emulated.rig.traffic import CALL, CALLERROR, CENTRAL, SIDES, Frame
from ampkeeper.firmware.config.problems import nearest

SHARES = ("drop", "duplicate", "disconnect", "refuse", "garble")
GARBAGE = "not JSON at all"


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How the line is. Shares are probabilities for each frame; the times are seconds.

    ``latency_s`` holds for all frames, ``answer_s`` is added to answers of the central system.
    ``refuse`` and ``garble`` change those answers. Empty ``actions`` or ``sides``: all.
    """

    latency_s: tuple[float, float] = (0.0, 0.0)
    answer_s: tuple[float, float] = (0.0, 0.0)
    drop: float = 0.0
    duplicate: float = 0.0
    disconnect: float = 0.0
    refuse: float = 0.0
    garble: float = 0.0
    actions: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()

    def changed(self, given: object) -> "LineSettings":
        """These with what a scenario says of them; raise BadRequestError."""
        values: dict[str, Any] = {}
        for key, value in forms.table("line", given).items():
            if key in ("latency", "answer"):
                values[f"{key}_s"] = _span(key, value)
            elif key in SHARES:
                values[key] = forms.share(key, value)
            elif key in ("actions", "sides"):
                values[key] = _names(key, value)
            else:
                raise BadRequestError(_unknown(key))
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one frame: these texts, after so long; or the end of the connection."""

    delay_s: float
    texts: tuple[str, ...]
    is_end: bool = False


class Line:
    """Decides in the order the frames come, so that one seed is one story for one traffic."""

    def __init__(self, settings: LineSettings, seed: int) -> None:
        self.settings = settings
        self._random = Random(seed)
        self._actions: dict[str, str] = {}  # by message id, of open calls

    def fate(self, frame: Frame) -> Fate:
        """What becomes of a frame."""
        line = self.settings
        drawn = {name: self._random.random() for name in SHARES}
        delay_s = self._random.uniform(*line.latency_s)
        answer_s = self._random.uniform(*line.answer_s)
        action = self._action(frame)
        is_answer = frame.side == CENTRAL and frame.kind != CALL
        is_meant = action in line.actions or not line.actions
        if not is_meant or (line.sides and frame.side not in line.sides):
            return Fate(0.0, (frame.text,))
        delay_s += answer_s if is_answer else 0.0
        happens = {name for name in SHARES if drawn[name] < getattr(line, name)}
        if "disconnect" in happens:
            return Fate(delay_s, (), is_end=True)
        if "drop" in happens:
            return Fate(delay_s, ())
        text = frame.text
        if is_answer and "refuse" in happens and frame.kind:
            text = json.dumps([CALLERROR, frame.parts[1], "InternalError", "not today", {}])
        if is_answer and "garble" in happens:
            text = GARBAGE
        return Fate(delay_s, (text, text) if "duplicate" in happens else (text,))

    def _action(self, frame: Frame) -> str:
        if not frame.kind:
            return ""
        message_id = str(frame.parts[1])
        if frame.kind == CALL:
            self._actions[message_id] = str(frame.parts[2])
            return str(frame.parts[2])
        return self._actions.pop(message_id, "")


def _span(key: str, value: object) -> tuple[float, float]:
    """One time, or the least and the most."""
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) != 2:
        raise BadRequestError(f"{key} = {shown(value)}: must be one time, or two: least and most")
    low_s, high_s = (0.0 if end == "0 s" else forms.seconds(key, end) for end in ends)
    if low_s > high_s:
        raise BadRequestError(f"{key} = {shown(value)}: the least time must not be above the most")
    return low_s, high_s


def _names(key: str, value: object) -> tuple[str, ...]:
    allowed = f"must be of {', '.join(SIDES)}" if key == "sides" else "must be names of actions"
    names = value if isinstance(value, list) else [None]
    is_good = all(isinstance(each, str) for each in names)
    if not is_good or (key == "sides" and not set(names) <= set(SIDES)):
        raise BadRequestError(f"{key} = {shown(value)}: {allowed}, in a list")
    return tuple(names)


def _unknown(key: str) -> str:
    known = ("latency", "answer", *SHARES, "actions", "sides")
    near = nearest(key, known)
    hint = f"did you mean {near}? " if near else ""
    return f"{shown(key)} is not a key of a line: {hint}allowed are {', '.join(known)}"
