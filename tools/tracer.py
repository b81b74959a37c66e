"""Notes which branches of some files are run, and stops looking where all of them were.

A tracer of ``coverage`` looks at every line for ever, which makes ring 1's tests seven times as
slow. This one leaves a function alone once each arc that its text has was taken: the rest of the
run costs nothing. What was taken is told to ``coverage``, which judges and reports as ever.
"""

import opcode
import os
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from coverage.parser import PythonParser

Arc = tuple[int, int]  # from line, to line; below zero: into or out of what begins there
RESUME = opcode.opmap["RESUME"]
CAUGHT = opcode.opmap["PUSH_EXC_INFO"]  # of a handler; its line is told once more after it


class Code:
    """One function, class body or module: what was taken, and what its text has."""

    def __init__(self, code: CodeType, parser: PythonParser, seen: set[Arc]) -> None:
        self.first = code.co_firstlineno
        self.seen = seen  # of the whole file
        self._parser = parser
        inner = parser.translate_lines(line for _, _, line in code.co_lines() if line)
        if len(inner) > 1 and code.co_name != "<module>":
            inner -= {self.first}  # the outer code runs it as well
        ends = inner | {-self.first}
        self._wanted = {arc for arc in parser.arcs() if arc[0] in ends and arc[1] in ends}
        self._size = -1

    def is_complete(self) -> bool:
        """Tell whether each arc was taken; asks anew only after something new in the file."""
        if len(self.seen) != self._size:
            self._size = len(self.seen)
            self._wanted -= self._parser.translate_arcs(self.seen)
        return not self._wanted


class Tracer:
    """Give it to ``sys.settrace``: ``arcs`` holds what was taken, by the file's real path."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.arcs: dict[str, set[Arc]] = {str(path.resolve()): set() for path in paths}
        self._parsers: dict[str, PythonParser] = {}
        self._codes: dict[CodeType, Code] = {}
        self._left_alone: set[CodeType] = set()

    def __call__(self, frame: FrameType, event: str, argument: object) -> Any:
        """Look into a frame, or leave it alone."""
        code = frame.f_code
        if code in self._left_alone:
            return None
        if code not in self._codes and not self._meet(code):
            return None
        return self._within(frame, self._codes[code])

    def _meet(self, code: CodeType) -> bool:
        path = os.path.realpath(code.co_filename)
        if path not in self.arcs:
            self._left_alone.add(code)
            return False
        if path not in self._parsers:
            self._parsers[path] = PythonParser(filename=path)
            self._parsers[path].parse_source()
        self._codes[code] = Code(code, self._parsers[path], self.arcs[path])
        return True

    def _within(self, frame: FrameType, code: Code) -> Any:
        seen, first = code.seen, code.first
        is_resumed = frame.f_code.co_code[frame.f_lasti + 1] != 0
        last = frame.f_lineno if is_resumed else -first

        def look(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal last
            if event == "line" and frame.f_code.co_code[frame.f_lasti] != CAUGHT:
                seen.add((last, frame.f_lineno))
                last = frame.f_lineno
            elif event == "return":
                self._leave(frame, code, last)
            return look

        return look

    def _leave(self, frame: FrameType, code: Code, last: int) -> None:
        after = frame.f_lasti + 2
        is_yield = frame.f_code.co_code[after : after + 1] == bytes([RESUME])
        if not is_yield:
            code.seen.add((last, -code.first))
        if code.is_complete():
            self._left_alone.add(frame.f_code)
