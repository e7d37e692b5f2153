"""Bar charts: the parts of each transport's bar, what it says at its end, and the drawing."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.charts.canvas import (
    CHARACTER_PX,
    INK,
    NARROW_PX,
    PAPER,
    Artist,
    Axes,
    Figure,
    FixedLocator,
    FuncFormatter,
    Line2D,
    Margins,
    MaxNLocator,
    NullLocator,
    Patch,
    canvas,
)
from reports.formatting import units
from reports.formatting.transport_style import heading, look
from reports.formatting.wording import wording
from reports.summary.summary import Summary, workload

Marks = Mapping[str, float]
NO_MARKS: Marks = {}


@dataclass(frozen=True)
class Row:
    """One transport's bars: a value for each part, and what stands at the end of each bar.

    labels  one where the parts are stacked to one bar, else one for each part.
    mark    where theory expects a boundary of a stacked bar; None: nowhere.
    """

    transport: str
    values: tuple[float, ...]
    labels: tuple[str, ...]
    mark: float | None = None

    def ends(self, stacked: bool) -> tuple[float, ...]:
        """Where each bar ends, or its mark if that lies further out."""
        return (max(sum(self.values), self.mark or 0.0),) if stacked else self.values


@dataclass(frozen=True)
class Bars:
    """A chart of horizontal bars; parts differ in strength, transports in colour.

    axis  what the axis counts, and for what.
    unit  writes a value on the axis; None for bare numbers.
    mark  what the marks say.
    """

    parts: tuple[str, ...]
    rows: tuple[Row, ...]
    axis: str
    unit: Callable[[units.Number], str] | None
    stacked: bool
    mark: str = ""

    @property
    def is_marked(self) -> bool:
        """Theory has something to say of one of the bars."""
        return any(row.mark for row in self.rows)

    @property
    def is_empty(self) -> bool:
        """There is nothing to draw, or each bar would be 0 long."""
        return not any(value for row in self.rows for value in row.values)


def requests(summaries: Sequence[Summary], expected: Marks = NO_MARKS) -> Bars:
    """Useful, empty and failed requests per second of all clients; 0 stands as a 0. An echo's are
    answered or failed.

    expected: transport → how many requests per second theory predicts.
    """
    rows = [
        Row(
            summary.transport,
            values,
            (_requests_label(summary),),
            expected.get(summary.transport),
        )
        for summary in summaries
        if (values := _requests_per_s(summary)) is not None
    ]
    failed = any(row.values[-1] for row in rows)
    answered = ("answered",) if workload(summaries) == "echo" else ("useful", "empty")
    parts = (*answered, *(["failed"] if failed else []))
    axis = "requests per second, all clients together"
    return Bars(parts, tuple(rows), axis, None, True, "expected by theory")


def layers(summaries: Sequence[Summary], expected: Marks = NO_MARKS) -> Bars:
    """Bytes per delivery, each part what a layer adds to the one before it.

    Without TCP_INFO the last part is left out for all, so that bars stay comparable.
    expected: transport → protocol bytes per delivery as theory predicts them.
    """
    measured = [summary for summary in summaries if summary["payload_bytes_per_delivery"]]
    kernel = all(summary["ip_bytes_per_delivery"] is not None for summary in measured)
    keys = ["payload", "message", "protocol", *(["ip"] if kernel else [])]
    parts = ("payload", "message", "HTTP or frames", "TCP and IP")[: len(keys)]
    rows = []
    for summary in measured:
        totals = [summary[f"{key}_bytes_per_delivery"] or 0 for key in keys]
        added = tuple(b - a for a, b in zip([0, *totals], totals, strict=False))
        mark = expected.get(summary.transport)
        rows.append(Row(summary.transport, added, (units.size(totals[-1]),), mark))
    axis = f"bytes per {wording(workload(summaries)).delivered}, both directions"
    return Bars(parts, tuple(rows), axis, units.size, True, "expected by theory")


def cpu(summaries: Sequence[Summary]) -> Bars:
    """CPU time per 1,000 deliveries, server and generator side by side."""
    keys = ("server_cpu_ns_per_delivery", "generator_cpu_ns_per_delivery")
    rows = _pairs(summaries, keys, units.per_thousand)
    axis = f"CPU time per 1,000 {wording(workload(summaries)).deliveries}"
    return Bars(("server", "generator"), rows, axis, units.per_thousand, False)


def memory(summaries: Iterable[Summary]) -> Bars:
    """Memory per client, server and generator side by side."""
    keys = ("server_rss_bytes_per_client", "generator_rss_bytes_per_client")
    rows = _pairs(summaries, keys, units.size)
    axis = "resident memory per connected client"
    return Bars(("server", "generator"), rows, axis, units.size, False)


def _pairs(
    summaries: Iterable[Summary],
    keys: Sequence[str],
    text: Callable[[units.Number | None], str],
) -> tuple[Row, ...]:
    rows = []
    for summary in summaries:
        values = [summary[key] for key in keys]
        known = [value for value in values if value is not None]
        if len(known) == len(keys):
            rows.append(Row(summary.transport, tuple(known), tuple(map(text, known))))
    return tuple(rows)


def _requests_per_s(summary: Summary) -> tuple[float, ...] | None:
    """useful, empty and failed, in proportion to their counts; without empty for an echo."""
    rate = summary["requests_per_s"]
    if rate is None:
        return None
    answered = ["requests_useful"] + ["requests_empty"] * (summary.workload != "echo")
    counts = [summary[key] or 0 for key in (*answered, "failed_requests")]
    total = sum(counts)
    return tuple(rate * count / total if total else 0.0 for count in counts)


def _requests_label(summary: Summary) -> str:
    if not summary["requests_per_s"]:
        return "0: no requests once it is connected"
    rate = units.rate(summary["requests_per_s"])
    empty = summary["empty_share"]
    return rate if empty is None else f"{rate}, {units.share(empty)} empty"


STRENGTHS = (1.0, 0.62, 0.38, 0.2)
BAR_PX = 18


def bars(chart: Bars, width_px: int) -> str:
    """Horizontal bars, the transport's name above its own."""
    per_row = 1 if chart.stacked else len(chart.parts)
    row_px = 34 + 24 * per_row
    key_px = 26 * math.ceil(len(_keys(chart)) / _key_columns(chart, width_px))
    margins = Margins(left=2, right=2, top=key_px + 8, bottom=56)
    height_px = row_px * len(chart.rows) + margins.top + margins.bottom
    with canvas(width_px, height_px, margins) as (figure, axes, out):
        for place, row in enumerate(chart.rows):
            _draw_row(axes, chart, row, place * row_px)
        axes.set_ylim(row_px * len(chart.rows), -6)
        end = _axis_end(chart, width_px)
        axes.set_xlim(0, end)
        axes.yaxis.set_major_locator(NullLocator())
        axes.xaxis.set_major_locator(FixedLocator(_ticks(chart, end, width_px)))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: units.tick(value, chart.unit))
        )
        axes.grid(True, axis="x")
        axes.tick_params(length=0)
        axes.set_xlabel(chart.axis)
        _key(figure, chart, width_px)
    return out.getvalue()


def _axis_end(chart: Bars, width_px: int) -> float:
    """Where the axis must end for every bar to have its label beside it."""
    return max(
        max(end, 0.0) * width_px / (width_px - min(len(label) * CHARACTER_PX, 0.6 * width_px) - 24)
        for row in chart.rows
        for end, label in zip(row.ends(chart.stacked), row.labels, strict=True)
    )


def _ticks(chart: Bars, end: float, width_px: int) -> list[float]:
    """Round values, but for one at the very end whose text would be cut."""
    values = MaxNLocator(5 if width_px > NARROW_PX else 3).tick_values(0, end)
    return [
        value
        for value in values
        if len(units.tick(value, chart.unit)) * CHARACTER_PX / 2 <= (1 - value / end) * width_px
    ]


def _draw_row(axes: Axes, chart: Bars, row: Row, top_px: float) -> None:
    axes.text(0, top_px + 12, heading(row.transport), va="center")
    start = 0.0
    for number, value in enumerate(row.values):
        middle = top_px + 34 + (0 if chart.stacked else number * (BAR_PX + 4))
        strength = STRENGTHS[number]
        axes.barh(
            middle,
            value,
            BAR_PX,
            start,
            facecolor=look(row.transport).colour,
            edgecolor=PAPER,
            hatch=look(row.transport).texture.hatch,
            alpha=strength,
            linewidth=0,
        )
        start += value if chart.stacked else 0.0
        if not chart.stacked:
            _label_bar(axes, value, middle, row.labels[number])
    if chart.stacked:
        _outline(axes, row, start, top_px + 34)
        _label_bar(axes, row.ends(True)[0], top_px + 34, row.labels[0])
    if row.mark:
        _draw_mark(axes, row.mark, top_px + 34)


def _outline(axes: Axes, row: Row, end: float, middle: float) -> None:
    """Around the whole bar, as its palest part can hardly be seen on white."""
    if not end:
        return
    colour = look(row.transport).colour
    axes.barh(middle, end, BAR_PX, facecolor="none", edgecolor=colour, linewidth=1)


def _draw_mark(axes: Axes, value: float, middle: float) -> None:
    """A tick across the bar, and a little beyond it on both sides."""
    reach = BAR_PX / 2 + 4
    axes.plot([value, value], [middle - reach, middle + reach], color=INK, linewidth=2, zorder=3)


def _label_bar(axes: Axes, end: float, middle: float, label: str) -> None:
    axes.annotate(
        label, (max(end, 0.0), middle), xytext=(6, 0), textcoords="offset points", va="center"
    )


def _keys(chart: Bars) -> list[Artist]:
    """What the strengths mean, in the text's own colour, as it holds for every transport."""
    swatches: list[Artist] = [
        Patch(facecolor=INK, alpha=strength, label=part, linewidth=0)
        for part, strength in zip(chart.parts, STRENGTHS, strict=False)
    ]
    tick = Line2D([], [], color=INK, marker="|", markersize=14, markeredgewidth=2, linewidth=0)
    tick.set_label(chart.mark)
    return [*swatches, tick] if chart.is_marked else swatches


def _key(figure: Figure, chart: Bars, width_px: int) -> None:
    figure.legend(
        handles=_keys(chart),
        loc="upper left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.1,
        ncols=_key_columns(chart, width_px),
        frameon=False,
        handlelength=1.1,
        handleheight=1.0,
        columnspacing=1.6,
        borderpad=0,
    )


def _key_columns(chart: Bars, width_px: int) -> int:
    """As many as fit beside each other."""
    labels = [*chart.parts, *([chart.mark] if chart.is_marked else [])]
    longest_px = max(len(label) for label in labels) * CHARACTER_PX + 30
    fits = sum(len(label) * CHARACTER_PX + 30 for label in labels) <= width_px
    return len(labels) if fits else max(1, int(width_px // longest_px))
