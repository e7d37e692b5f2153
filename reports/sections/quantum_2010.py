"""The table of 2010, counted again, and beside it what was measured.

P. Lubbers and F. Greco, "HTML5 Web Sockets: A Quantum Leap in Scalability for the Web", 2010, put
the headers of clients that poll once a second beside WebSocket frames, one message a second each.
Their "Mbps" is 2^20 bit/s; their 871 bytes for a poll and its answer leave out the line ends,
which go over the wire too; the ratio of latencies that they give was assumed and not measured.
"""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from feed.transport import SHORT_POLL, WEBSOCKET
from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from reports.comparison.intervals import Interval, interval
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.run_analysis import RunAnalysis
from reports.sections.section import Section, Shown
from reports.summary.formulas import NS_PER_S

PROFILE = "quantum-2010"
CLIENTS = (1_000, 10_000, 100_000)
MEBIBIT = 2**20

# Header bytes for a message, as counted then and with the line ends; of a frame, RFC 6455, 5.2.
POLL_BYTES_2010 = 871
POLL_BYTES_RECOUNTED = 909
FRAME_BYTES = 2
PRINTED_2010 = {SHORT_POLL: ("6.6", "66", "665"), WEBSOCKET: ("0.015", "0.153", "1.526")}


@dataclass(frozen=True)
class Measured:
    """Bytes that are no message, per client and second: the median over rounds, and its interval.

    interval  at 95 % confidence; None with fewer than 3 rounds.
    """

    bytes_per_s: float
    interval: Interval | None


def overhead(run: Run, transport: str) -> Measured | None:
    """What the transport adds to the messages, both directions; None where it was not measured."""
    rounds = [
        _overhead(trial.figures)
        for trial in run.trials
        if trial.figures is not None and trial.transport == transport
    ]
    if not rounds:
        return None
    return Measured(statistics.median(rounds), interval(rounds))


def sections(analysis: RunAnalysis) -> tuple[Section, ...]:
    """The one section, of a run with the headers of 2010."""
    counted = table(analysis.run)
    if counted is None:
        return ()
    reading = (
        "Headers of polls against WebSocket frames, a message a second: as printed in 2010, "
        "counted again, and as measured here, scaled up. Their 871 bytes leave out the line ends, "
        "and their ratio of latencies was assumed."
    )
    heading = "The table of 2010, and today’s"
    return (Section("quantum", heading, (reading,), tables=(Shown(counted),)),)


def table(run: Run) -> Table | None:
    """The three counts side by side; None for a run without the headers of 2010."""
    if run.scenario.clients.headers != PROFILE:
        return None
    return Table(
        caption="Header traffic for a message a second, in Mibit/s (2^20 bit/s)",
        head=("", *(f"{units.count(clients)} clients" for clients in CLIENTS)),
        rows=tuple(_rows(run)),
    )


def _rows(run: Run) -> Iterator[tuple[Cell, ...]]:
    yield _row("polling, as printed in 2010", PRINTED_2010[SHORT_POLL])
    yield _counted("polling, by its 871 bytes", POLL_BYTES_2010)
    yield _counted("polling, 909 bytes with line ends", POLL_BYTES_RECOUNTED)
    yield from _measured("polling", overhead(run, SHORT_POLL))
    yield _row("WebSocket, as printed in 2010", PRINTED_2010[WEBSOCKET])
    yield _counted("WebSocket, by its 2 bytes", FRAME_BYTES)
    yield from _measured("WebSocket", overhead(run, WEBSOCKET))


def _row(name: str, cells: Iterable[str]) -> tuple[Cell, ...]:
    return (Cell(name), *map(Cell, cells))


def _counted(name: str, bytes_per_s: float) -> tuple[Cell, ...]:
    return _row(name, (_mebibits(clients * bytes_per_s) for clients in CLIENTS))


def _measured(name: str, found: Measured | None) -> Iterator[tuple[Cell, ...]]:
    """The row of what was measured, if it was, with its interval scaled up alike."""
    if found is None:
        return
    label = f"{name}, measured: {units.size(found.bytes_per_s)} a client and second"
    yield (Cell(label), *(_scaled(found, clients) for clients in CLIENTS))


def _scaled(found: Measured, clients: int) -> Cell:
    around = found.interval
    spread = (
        units.span(_mebibits(clients * around.low), _mebibits(clients * around.high))
        if around
        else ""
    )
    return Cell(_mebibits(clients * found.bytes_per_s), spread)


def _mebibits(bytes_per_s: float) -> str:
    return units.significant(bytes_per_s * 8 / MEBIBIT)


def _overhead(figures: Figures) -> float:
    """Protocol bytes that are not message, per client and second."""
    window = figures.window
    protocol = window.up.protocol_bytes + window.down.protocol_bytes
    message = window.up.message_bytes + window.down.message_bytes
    return (protocol - message) / figures.clients / (figures.window_ns / NS_PER_S)
