"""Each picture of the report, drawn for a wide page and for a narrow one, or why it is missing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from loadgen.run import Run
from reports import bars, charts, units
from reports.analysis import Summary
from reports.bars import Bars
from reports.curves import curves
from reports.svg import embed
from reports.transports import heading, look

_BARS: Mapping[str, tuple[str, Callable[[Iterable[Summary]], Bars]]] = {
    "requests": ("Requests per second", bars.requests),
    "layers": ("Bytes per delivered event", bars.layers),
    "cpu": ("CPU time per 1,000 deliveries", bars.cpu),
    "memory": ("Memory per client", bars.memory),
}


@dataclass(frozen=True)
class Picture:
    """wide, narrow  inline SVG of the same content; "" where there is nothing to draw.

    missing  what is not in the picture, and why; "" where all is.
    """

    wide: str
    narrow: str
    missing: str


def pictures(run: Run, summaries: Sequence[Summary]) -> dict[str, Picture]:
    """Draw everything of which there are figures; by the name of its section."""
    return {"latency": _latency(run, summaries)} | {
        name: _bars(name, title, chart(summaries), summaries)
        for name, (title, chart) in _BARS.items()
    }


def _latency(run: Run, summaries: Sequence[Summary]) -> Picture:
    drawn = curves(run, [summary.transport for summary in summaries])
    missing = _missing(summaries, [curve.transport for curve in drawn])
    if not drawn:
        return Picture("", "", missing)
    medians = {s.transport: units.duration(s["latency_p50_ns"]) for s in summaries}
    names = [curve.transport for curve in drawn]
    told = "; ".join(f"{look(name).name}: median {medians[name]}" for name in names)
    labels = {name: f"{heading(name)}\nmedian {medians[name]}" for name in names}
    title = "Share of events that had arrived, by time since they were due"
    return _both("latency", title, told, lambda px: charts.latency(drawn, labels, px), missing)


def _bars(name: str, title: str, chart: Bars, summaries: Sequence[Summary]) -> Picture:
    missing = _missing(summaries, [row.transport for row in chart.rows])
    if chart.is_empty:
        return Picture("", "", missing or f"{title}: 0 throughout, so there is nothing to draw.")
    told = "; ".join(f"{look(row.transport).name}: {', '.join(row.labels)}" for row in chart.rows)
    return _both(name, title, told, lambda px: charts.bars(chart, px), missing)


def _both(name: str, title: str, told: str, draw: Callable[[int], str], missing: str) -> Picture:
    return Picture(
        wide=embed(draw(charts.WIDE_PX), f"{name}-wide", title, told),
        narrow=embed(draw(charts.NARROW_PX), f"{name}-narrow", title, told),
        missing=missing,
    )


def _missing(summaries: Iterable[Summary], drawn: Sequence[str]) -> str:
    left_out = [look(s.transport).name for s in summaries if s.transport not in drawn]
    return f"No figures for {', '.join(left_out)}." if left_out else ""
