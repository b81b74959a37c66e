"""The page: how many mutants each file has, how many were noticed, and why the rest live."""

from dataclasses import dataclass

HEAD = """\
# Mutation testing of ring 1

`python -m tools.mutate` changes `firmware/safety/` in one place at a time and runs its tests.
A mutant that no test notices is a survivor; each is listed below with the reason.
Operators are those of mutmut, in functions and outside them; and each table row is left out once.

"""


@dataclass(frozen=True)
class Tally:
    """The count of one file."""

    module: str
    mutants: int
    tried: int
    survivors: list[str]

    @property
    def killed(self) -> int:
        return self.tried - len(self.survivors)

    def words(self) -> str:
        """Say it in one line."""
        share = f"{100 * self.killed / self.tried:.1f} %" if self.tried else "-"
        return f"{self.module}: {self.tried} of {self.mutants} tried, {self.killed} killed, {share}"


def page(tallies: list[Tally], reasons: dict[str, str]) -> str:
    """Return the page."""
    rows = ["| file | mutants | tried | killed | survived | killed |", "|---|--:|--:|--:|--:|--:|"]
    rows += [_row(tally.module, tally) for tally in tallies]
    survivors = [name for tally in tallies for name in tally.survivors]
    total = Tally(
        "all",
        sum(tally.mutants for tally in tallies),
        sum(tally.tried for tally in tallies),
        survivors,
    )
    rows.append(_row("**all**", total))
    text = HEAD + "\n".join(rows) + "\n\n## Survivors\n\n"
    for name in survivors:
        text += f"- {name}\n  {reasons.get(name, '**No reason yet.**')}\n"
    return text if survivors else text + "None.\n"


def _row(title: str, tally: Tally) -> str:
    share = f"{100 * tally.killed / tally.tried:.1f} %" if tally.tried else "-"
    lived = len(tally.survivors)
    return f"| {title} | {tally.mutants} | {tally.tried} | {tally.killed} | {lived} | {share} |"
