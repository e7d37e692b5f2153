"""A grid of texts, a head and rows of one length, as plain lines or as Markdown. Pure."""

from collections.abc import Sequence

Grid = Sequence[Sequence[str]]


def lines(grid: Grid) -> str:
    """A line for each row, its columns in line: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    rows = (
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in grid
    )
    return "".join(f"{row.rstrip()}\n" for row in rows)


def markdown(grid: Grid) -> str:
    """A table of Markdown, its first column to the left and the others to the right."""
    head, *rows = grid
    rule = ["---", *("---:" for _ in head[1:])]
    cells = ([cell.replace("|", "\\|") for cell in row] for row in (head, rule, *rows))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
