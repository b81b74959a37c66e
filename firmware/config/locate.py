"""Lines of a TOML file: where each key stands, which ``tomllib`` does not tell.

Only for text that ``tomllib`` has accepted: so it looks for the shape of statements and trusts
the rest. Keys inside an inline table or an array have the line of the key that holds them.
"""

import re
import tomllib

Path = tuple[str | int, ...]

# fmt: off
TOKEN = re.compile(
    r'(?P<blank>[ \t]+|\#[^\n]*)'
    r'|(?P<newline>\r?\n)'
    r'|(?P<string>"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*')"
    r'|(?P<mark>[\[\]{}=,.])'
    r'|(?P<bare>[^\s\[\]{}=,."\'\#]+)',
    re.DOTALL,
)
# fmt: on


class Lines:
    """Looks up the line of a key's path; array tables are counted from 0."""

    def __init__(self, text: str) -> None:
        self._line: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}
        self._read(text)

    def of(self, path: Path) -> int:
        """The line of ``path``, or of the nearest thing that holds it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._line:
                return self._line[path[:length]]
        return 1

    def _read(self, text: str) -> None:
        table: Path = ()
        for line, words in _statements(text):
            marks = "".join(kind for kind, _ in words)
            if marks.startswith("[["):
                table = self._resolved(_names(words, 2))
                table = (*table, self._counts.get(table, 0))
                self._counts[table[:-1]] = int(table[-1]) + 1
                self._line.setdefault(table[:-1], line)
                self._line[table] = line
            elif marks.startswith("["):
                table = self._resolved(_names(words, 1))
                self._line.setdefault(table, line)
            else:
                self._line.setdefault(table + _names(words, 0), line)

    def _resolved(self, names: Path) -> Path:
        """``names`` with the number of the newest element after each array on the way."""
        path: Path = ()
        for name in names:
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
            path = (*path, name)
        return path


def _statements(text: str) -> list[tuple[int, list[tuple[str, str]]]]:
    """Each statement as its first line and its tokens (kind, text); a mark is its own kind."""
    found: list[tuple[int, list[tuple[str, str]]]] = []
    words: list[tuple[str, str]] = []
    line, first, depth = 1, 1, 0
    for match in TOKEN.finditer(text):
        kind, word = str(match.lastgroup), match.group()
        if kind not in ("blank", "newline"):
            first = first if words else line
            words.append((word if kind == "mark" else kind, word))
            depth += (word in ("[", "{") and kind == "mark") - (
                word in ("]", "}") and kind == "mark"
            )
        line += word.count("\n")
        if kind == "newline" and depth == 0 and words:
            found.append((first, words))
            words = []
    if words:
        found.append((first, words))
    return found


def _names(words: list[tuple[str, str]], start: int) -> Path:
    """The dotted key that starts at ``start`` and ends at its "=" or "]"."""
    names: list[str] = []
    for kind, word in words[start:]:
        if kind in ("=", "]"):
            break
        if kind == "string":
            names.append(str(tomllib.loads(f"key = {word}")["key"]))
        elif kind == "bare":
            names.append(word)
    return tuple(names)
