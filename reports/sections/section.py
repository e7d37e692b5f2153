"""A section of a page: what it says, its picture, the tables behind it, and its parts."""

from dataclasses import dataclass
from typing import Literal

from reports.charts.pictures import Picture
from reports.formatting.table import Table

FIGURES = "The figures as a table"


@dataclass(frozen=True)
class Shown:
    """A table as the page shows it.

    fold  the label of what it is folded into; "" for a table in plain sight. open: unfolded.
    kind  its CSS classes: "prose" where the cells are sentences.
    """

    table: Table
    fold: str = ""
    open: bool = False
    kind: str = "figures"


@dataclass(frozen=True)
class Listing:
    """Rows of name, code ("" for none) and text, folded. kind: its CSS class."""

    fold: str
    rows: tuple[tuple[str, str, str], ...]
    kind: Literal["facts", "meaning"] = "facts"


@dataclass(frozen=True)
class Section:
    """One question and its answer, in the order in which the parts are read.

    key      its id in the page; "" for a part that nothing leads to.
    short    its name in the page's contents; "": it is not among them.
    command  a command line, to be copied.
    """

    key: str
    heading: str
    sentences: tuple[str, ...] = ()
    command: str = ""
    picture: Picture | None = None
    tables: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()
    listing: Listing | None = None
    parts: tuple["Section", ...] = ()
    short: str = ""
