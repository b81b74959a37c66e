"""Progress: a bar on the terminal for what takes its time; without a terminal, nothing is drawn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def bar(what: str, total: int, *, is_bytes: bool = False) -> Iterator[Advance]:
    """Yields what is told how much of ``total`` is done; drawn on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True)
    amount = DownloadColumn() if is_bytes else TaskProgressColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount)
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done: shown.update(task, completed=done)
