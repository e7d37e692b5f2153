"""The table of 2010: the sums that were printed, and the ones that follow from a run."""

import msgspec
import pytest

from loadgen.runfile.figures import Figures, Layers, Traffic
from loadgen.runfile.run import Run
from reports.formatting import units
from reports.sections import quantum_2010
from reports.sections.quantum_2010 import FRAME_BYTES, POLL_BYTES_2010, overhead, table


def spoken_in_2010(run: Run) -> Run:
    clients = msgspec.structs.replace(run.scenario.clients, headers="quantum-2010")
    scenario = msgspec.structs.replace(run.scenario, clients=clients)
    return msgspec.structs.replace(run, scenario=scenario)


def with_window(run: Run, up_bytes: int, down_bytes: int, message_bytes: int) -> Run:
    def changed(figures: Figures) -> Figures:
        up = Layers(payload_bytes=0, message_bytes=0, protocol_bytes=up_bytes)
        down = Layers(payload_bytes=0, message_bytes=message_bytes, protocol_bytes=down_bytes)
        return msgspec.structs.replace(
            figures,
            clients=10,
            window_ns=2_000_000_000,
            window=Traffic(up=up, down=down, connections=0),
        )

    trials = tuple(
        msgspec.structs.replace(trial, figures=changed(trial.figures)) if trial.figures else trial
        for trial in run.trials
    )
    return msgspec.structs.replace(run, trials=trials)


@pytest.mark.parametrize(
    ("bytes_per_message", "clients", "printed"),
    [
        (POLL_BYTES_2010, 1_000, "6.6"),
        (POLL_BYTES_2010, 10_000, "66"),
        (POLL_BYTES_2010, 100_000, "665"),
        (FRAME_BYTES, 1_000, "0.015"),
        (FRAME_BYTES, 10_000, "0.153"),
        (FRAME_BYTES, 100_000, "1.526"),
    ],
)
def test_the_sums_of_2010_follow_from_their_bytes(
    bytes_per_message: int, clients: int, printed: str
) -> None:
    mebibits = bytes_per_message * clients * 8 / quantum_2010.MEBIBIT
    # They cut instead of rounding once (66.45 is printed as 66), hence a whole last digit.
    last_digit = 10.0 ** -len(printed.partition(".")[2])
    assert abs(mebibits - float(printed)) < last_digit


def test_overhead_is_what_is_no_message_per_client_and_second(plausible: Run) -> None:
    run = with_window(plausible, up_bytes=14_320, down_bytes=4_860, message_bytes=1_000)
    # (14,320 + 4,860 - 1,000) bytes / 10 clients / 2 s
    assert overhead(run, "short-poll") == [909.0] * 3


def test_a_transport_that_did_not_run_has_no_overhead(plausible: Run) -> None:
    assert overhead(plausible, "sse") == []


def test_the_table_is_there_for_the_headers_of_2010_alone(plausible: Run) -> None:
    assert table(plausible) is None
    assert table(spoken_in_2010(plausible)) is not None


def test_what_was_measured_is_scaled_up_beside_what_was_printed(plausible: Run) -> None:
    run = with_window(spoken_in_2010(plausible), 14_320, 4_860, 1_000)
    made = table(run)
    assert made is not None
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in made.rows}
    assert rows["polling, as printed in 2010"] == ["6.6", "66", "665"]
    assert rows["polling, 909 bytes with line ends"] == ["6.94", "69.4", "694"]
    assert rows[f"polling, measured: {units.size(909)} a client and second"] == [
        "6.94",
        "69.4",
        "694",
    ]
