"""Bar charts: the parts of each transport's bar, what it says at its end, and the drawing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.charts.canvas import (
    CHARACTER_PX,
    INK,
    NARROW_PX,
    PAPER,
    PX,
    Axes,
    Figure,
    Line2D,
    Margins,
    Rectangle,
    canvas,
    columns,
    label,
    round_ticks,
)
from reports.formatting import units
from reports.formatting.transport_style import heading, style_of
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
KEY_PX = 22


def bars(chart: Bars, width_px: int) -> str:
    """Horizontal bars, the transport's name above its own."""
    row_px = 34 + 24 * (1 if chart.stacked else len(chart.parts))
    key = _key(chart, width_px)
    margins = Margins(left=2, right=2, top=KEY_PX * len(key) + 12, bottom=56)
    height_px = row_px * len(chart.rows) + margins.top + margins.bottom
    with canvas(width_px, height_px, margins) as (figure, axes, out):
        end = _axis_end(chart, width_px)
        axes.set_xlim(0, end)
        axes.set_ylim(row_px * len(chart.rows), -6)
        ticks = _ticks(chart, end, width_px)
        columns(axes, ticks, lambda value: units.tick(value, chart.unit), chart.axis)
        for place, row in enumerate(chart.rows):
            _draw_row(axes, chart, row, place * row_px)
        for line, parts in enumerate(key):
            for left, part in parts:
                _draw_key(figure, chart, part, left, height_px - KEY_PX * (line + 0.5))
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
    return [
        value
        for value in round_ticks(end, 5 if width_px > NARROW_PX else 3)
        if len(units.tick(value, chart.unit)) * CHARACTER_PX / 2 <= (1 - value / end) * width_px
    ]


def _draw_row(axes: Axes, chart: Bars, row: Row, top_px: float) -> None:
    axes.text(0, top_px + 12, heading(row.transport), va="center")
    start, style = 0.0, style_of(row.transport)
    for number, value in enumerate(row.values):
        middle = top_px + 34 + (0 if chart.stacked else number * (BAR_PX + 4))
        bar = Rectangle(
            (start, middle - BAR_PX / 2),
            value,
            BAR_PX,
            facecolor=style.colour,
            edgecolor=PAPER,
            hatch=style.texture.hatch,
            alpha=STRENGTHS[number],
            linewidth=0,
        )
        axes.add_patch(bar)
        start += value if chart.stacked else 0.0
        if not chart.stacked:
            label(axes, row.labels[number], (max(value, 0.0), middle), (6, 0), va="center")
    middle = top_px + 34
    if chart.stacked:
        if start:  # an outline, as the bar's palest part can hardly be seen on white
            place = (0, middle - BAR_PX / 2)
            axes.add_patch(Rectangle(place, start, BAR_PX, fill=False, edgecolor=style.colour))
        label(axes, row.labels[0], (row.ends(True)[0], middle), (6, 0), va="center")
    if row.mark:
        reach = BAR_PX / 2 + 4
        ends = [middle - reach, middle + reach]
        axes.plot([row.mark, row.mark], ends, color=INK, linewidth=2, zorder=3)


def _key(chart: Bars, width_px: int) -> list[list[tuple[float, str]]]:
    """What the strengths mean, as it holds for every transport: lines of (where, which part)."""
    lines: list[list[tuple[float, str]]] = [[]]
    left = 0.0
    for part in (*chart.parts, *([chart.mark] if chart.is_marked else [])):
        part_px = len(part) * CHARACTER_PX + 36
        if left + part_px > width_px:
            lines.append([])
            left = 0.0
        lines[-1].append((left, part))
        left += part_px
    return lines


def _draw_key(figure: Figure, chart: Bars, part: str, left: float, middle: float) -> None:
    """A swatch or the mark's tick, and its word, in px from the figure's lower left."""
    if part in chart.parts:
        alpha = STRENGTHS[chart.parts.index(part)]
        place = (left + 1, middle - 6)
        swatch = Rectangle(place, 14, 13, facecolor=INK, alpha=alpha, linewidth=0, transform=PX)
        figure.add_artist(swatch)
    else:
        ends = [middle - 8, middle + 7]
        figure.add_artist(Line2D([left + 8] * 2, ends, color=INK, linewidth=2, transform=PX))
    figure.text(left + 24, middle, part, va="center", transform=PX)
