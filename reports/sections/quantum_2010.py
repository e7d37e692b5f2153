"""The table of 2010, counted again, and beside it what was measured.

P. Lubbers and F. Greco, "HTML5 Web Sockets: A Quantum Leap in Scalability for the Web", 2010, put
the headers of clients that poll once a second beside WebSocket frames, one message a second each.
Their "Mbps" is 2^20 bit/s; their 871 bytes for a poll and its answer leave out the line ends,
which go over the wire too; the ratio of latencies that they give was assumed and not measured.
"""

import statistics

from feed.transport import SHORT_POLL, WEBSOCKET
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
_POLLS = {"by its 871 bytes": POLL_BYTES_2010, "909 bytes with line ends": POLL_BYTES_RECOUNTED}
# Name, transport, what was printed in 2010, and how else it is counted.
_COUNTED = (
    ("polling", SHORT_POLL, ("6.6", "66", "665"), _POLLS),
    ("WebSocket", WEBSOCKET, ("0.015", "0.153", "1.526"), {"by its 2 bytes": FRAME_BYTES}),
)


def overhead(run: Run, transport: str) -> list[float]:
    """Bytes that are no message, both directions, per client and second: of each round."""
    rounds = []
    for trial in run.trials:
        if (figures := trial.figures) and trial.transport == transport:
            ways = (figures.window.up, figures.window.down)
            added = sum(way.protocol_bytes - way.message_bytes for way in ways)
            rounds.append(added / figures.clients / (figures.window_ns / NS_PER_S))
    return rounds


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
    rows: list[tuple[Cell, ...]] = []
    for name, transport, printed, counts in _COUNTED:
        rows.append(tuple(map(Cell, (f"{name}, as printed in 2010", *printed))))
        for how, bytes_per_s in counts.items():
            scaled = (_mebibits(clients * bytes_per_s) for clients in CLIENTS)
            rows.append(tuple(map(Cell, (f"{name}, {how}", *scaled))))
        if rounds := overhead(run, transport):
            median, around = statistics.median(rounds), interval(rounds)
            label = f"{name}, measured: {units.size(median)} a client and second"
            rows.append((Cell(label), *(_scaled(clients, median, around) for clients in CLIENTS)))
    return Table(
        caption="Header traffic for a message a second, in Mibit/s (2^20 bit/s)",
        head=("", *(f"{units.count(clients)} clients" for clients in CLIENTS)),
        rows=tuple(rows),
    )


def _scaled(clients: int, bytes_per_s: float, around: Interval | None) -> Cell:
    """For so many clients, with its 95 % interval scaled up alike."""
    spread = ""
    if around:
        spread = units.span(_mebibits(clients * around.low), _mebibits(clients * around.high))
    return Cell(_mebibits(clients * bytes_per_s), spread)


def _mebibits(bytes_per_s: float) -> str:
    return units.significant(bytes_per_s * 8 / MEBIBIT)
