"""A table of text: its cells, and its lines for a terminal or in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Format = Literal["table", "json", "csv", "markdown"]
Grid = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Cell:
    """A median and, where the rounds differ, their spread. mark: "changed", "broken" or ""."""

    text: str
    spread: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """caption: for those who cannot see it. The first cell of a row names it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def grid(table: Table) -> list[list[str]]:
    """Its head and its rows, each cell with its spread behind it."""
    return [list(table.head), *([_cell(cell) for cell in row] for row in table.rows)]


def aligned(grid: Grid) -> str:
    """A line for each row, its columns in line: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = (
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in grid
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def markdown(grid: Grid) -> str:
    """A table whose first column is to the left and the others to the right."""
    head, *rows = grid
    rule = ["---", *("---:" for _ in head[1:])]
    cells = ([cell.replace("|", "\\|") for cell in row] for row in (head, rule, *rows))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.spread})" if cell.spread else cell.text
