"""What theory takes from a probe of the server, and for which transports."""

import msgspec
import pytest

from loadgen.runfile.figures import Exchange, Waking
from reports.theory.model.inputs import NO_TIME, Serving, premise
from tests.reports import runs

US = 1_000
WAKING = Waking(wake_ns=800 * US, answer_ns=60 * US, apart_ns=40 * US, leaves_ns=300 * US)


def serving(transport: str, exchange: Exchange | None) -> Serving:
    figures = msgspec.structs.replace(runs.MAKERS[transport](), exchange=exchange)
    run = runs.run([runs.trial(transport, 1, figures)], runs.scenario([transport], 1))
    return premise(run, run.trials[0]).serving


def probed(service_ns: int | None = 100 * US, waking: Waking | None = None) -> Exchange:
    return msgspec.structs.replace(runs.POLL, service_ns=service_ns, waking=waking)


def test_a_turn_is_put_together_from_what_clients_saw() -> None:
    assert serving("long-poll", probed(waking=WAKING)) == Serving(
        wake_ns=740 * US,  # less the one answer that is in it
        answer_ns=40 * US,  # the mean answer waits for half of the sending
        send_ns=40 * US,
        read_ns=50 * US,  # half of a poll's 100
        leaves_ns=300 * US,
    )


def test_answers_far_apart_take_no_time_below_zero() -> None:
    far = msgspec.structs.replace(WAKING, wake_ns=10 * US, apart_ns=500 * US)
    found = serving("long-poll", probed(waking=far))
    assert (found.wake_ns, found.answer_ns, found.send_ns) == (0, 0, 120 * US)


def test_where_no_event_came_an_answer_takes_its_usual_share_of_a_poll() -> None:
    assert serving("long-poll", probed(service_ns=80 * US)) == Serving(
        answer_ns=10 * US, send_ns=40 * US, read_ns=40 * US
    )


@pytest.mark.parametrize(
    ("transport", "exchange"),
    [
        ("short-poll", probed(waking=WAKING)),
        ("long-poll", probed(service_ns=None, waking=WAKING)),
        ("long-poll", None),
        ("websocket", None),
    ],
)
def test_nothing_else_takes_time(transport: str, exchange: Exchange | None) -> None:
    assert serving(transport, exchange) == NO_TIME
