"""Each picture of the report, drawn for a wide page and for a narrow one, or why it is missing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from feed.transport import parsed
from loadgen.runfile.run import Run
from reports.charts import bar_chart, latency_chart
from reports.charts.bar_chart import Bars
from reports.charts.canvas import NARROW_PX, WIDE_PX, embed
from reports.formatting import units
from reports.formatting.transport_style import heading, style_of
from reports.formatting.wording import wording
from reports.summary.latency_curves import curves
from reports.summary.summary import Summary
from reports.theory.forecast import NONE, Forecasts, curve, medians


@dataclass(frozen=True)
class Picture:
    """wide, narrow  inline SVG of the same content; "" where there is nothing to draw.

    missing  what is not in the picture, and why; "" where all is.
    """

    wide: str
    narrow: str
    missing: str


def pictures(run: Run, summaries: Sequence[Summary], made: Forecasts = NONE) -> dict[str, Picture]:
    """Draw everything of which there are figures, and what was forecast; by its section's name.

    A transport's second self is in the tables alone: it would lie upon the first.
    """
    summaries = [summary for summary in summaries if not parsed(summary.transport).is_again]
    words = wording(run.scenario.workload)
    requests = bar_chart.requests(summaries, medians(made, "requests_per_s"))
    layers = bar_chart.layers(summaries, medians(made, "protocol_bytes_per_delivery"))
    charted = {
        "requests": ("Requests per second", requests),
        "layers": (f"Bytes per {words.delivered}", layers),
        "cpu": (f"CPU time per 1,000 {words.deliveries}", bar_chart.cpu(summaries)),
        "memory": ("Memory per client", bar_chart.memory(summaries)),
    }
    return {"latency": _latency(run, summaries, made)} | {
        name: _bars(name, title, chart, summaries) for name, (title, chart) in charted.items()
    }


def _latency(run: Run, summaries: Sequence[Summary], made: Forecasts) -> Picture:
    drawn = curves(run, [summary.transport for summary in summaries])
    names = [each.transport for each in drawn]
    missing = _missing(summaries, names)
    if not drawn:
        return Picture("", "", missing)
    centres = {s.transport: _median(s) for s in summaries}
    expected = [found for name in names if (found := curve(made, name))]
    description = "; ".join(f"{style_of(name).name}: {centres[name]}" for name in names)
    labels = {name: f"{heading(name)}\n{centres[name]}" for name in names}
    words = wording(run.scenario.workload)
    return both(
        "latency",
        words.arrived,
        description,
        lambda px: latency_chart.latency(drawn, expected, labels, px, words),
        missing,
    )


def _median(summary: Summary) -> str:
    median_ns = summary["latency_p50_ns"]
    return "too few for a median" if median_ns is None else f"median {units.duration(median_ns)}"


def _bars(name: str, title: str, chart: Bars, summaries: Sequence[Summary]) -> Picture:
    missing = _missing(summaries, [row.transport for row in chart.rows])
    if chart.is_empty:
        return Picture("", "", missing or f"{title}: 0 throughout, so there is nothing to draw.")
    description = "; ".join(
        f"{style_of(row.transport).name}: {', '.join(row.labels)}" for row in chart.rows
    )
    return both(name, title, description, lambda px: bar_chart.bars(chart, px), missing)


def both(
    name: str, title: str, description: str, draw: Callable[[int], str], missing: str = ""
) -> Picture:
    """`draw` for both widths; name: unique in the page; description: the same in words."""
    return Picture(
        wide=embed(draw(WIDE_PX), f"{name}-wide", title, description),
        narrow=embed(draw(NARROW_PX), f"{name}-narrow", title, description),
        missing=missing,
    )


def _missing(summaries: Iterable[Summary], drawn: Sequence[str]) -> str:
    left_out = [style_of(s.transport).name for s in summaries if s.transport not in drawn]
    return f"No figures for {', '.join(left_out)}." if left_out else ""
