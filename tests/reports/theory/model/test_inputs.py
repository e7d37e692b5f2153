"""What theory takes of a trial, and for which transports it leaves how much time."""

import pytest

from reports.theory.model.inputs import model_inputs
from tests.reports import runs
from tests.reports.model_inputs import MS, make


@pytest.mark.parametrize(
    ("transport", "clients", "allowance_ns"),
    [
        ("short-poll", 1_000, 2 * MS),
        ("long-poll", 240, 17 * MS),
        ("long-poll", 1_000, 55 * MS),
        ("socketio-polling", 100, 10 * MS),
        ("websocket", 100, 10 * MS),
        ("tcp", 20, 6 * MS),
    ],
)
def test_what_is_served_at_once_may_take_longer(
    transport: str, clients: int, allowance_ns: int
) -> None:
    assert make(transport, clients=clients).allowance_ns == allowance_ns


def test_an_echo_is_served_text_by_text() -> None:
    assert make("websocket", clients=1_000, echoes=True).allowance_ns == 2 * MS


@pytest.mark.parametrize("transport", ["short-poll", "long-poll", "websocket"])
def test_theory_itself_gives_no_time_to_serving(transport: str) -> None:
    trial = runs.trial(transport, 1, runs.MAKERS[transport]())
    assert model_inputs(runs.run([trial], runs.scenario([transport], 1)), trial).serving_ns == 0
