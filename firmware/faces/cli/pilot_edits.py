"""Pilot edits: replaces pieces of a source, by what its syntax tree says of their places. Pure."""

import ast

Edit = tuple["ast.stmt | ast.expr | ast.arg | ast.alias", str]  # what goes, what comes in its place


def edited(text: str, edits: list[Edit]) -> str:
    """``text`` with pieces replaced; each line keeps its number."""
    lines = text.encode().splitlines(keepends=True)  # columns count bytes
    for node, new in sorted(edits, key=_start, reverse=True):
        assert node.end_lineno is not None
        first, last = node.lineno - 1, node.end_lineno - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        whole = before + new.encode() + b"\n" * (last - first) + after
        lines[first : last + 1] = whole.splitlines(keepends=True)
    return b"".join(lines).decode()


def named(node: ast.FunctionDef | ast.ClassDef) -> ast.Name:
    """The place of the name in ``def name`` and ``class name``."""
    column = node.col_offset + len("class " if isinstance(node, ast.ClassDef) else "def ")
    place = ast.Name(node.name, ast.Store())
    place.lineno = place.end_lineno = node.lineno
    place.col_offset, place.end_col_offset = column, column + len(node.name)
    return place


def _start(edit: Edit) -> tuple[int, int]:
    return edit[0].lineno, edit[0].col_offset
