"""Small trials received by pages in Chromium, beside the same ones received by our own clients.

Five clients poll each 250 ms, at 25, 75 … 225 ms into each interval. Events are due at 250 ms and
each 500 ms after, so no event comes within 25 ms of a slot or of a window's edge.
"""

from functools import cache

import msgspec
import psutil
import pytest

from feed.spec import FeedSpec
from loadgen.clients.browser.chromium import executable
from loadgen.runfile.figures import Figures
from loadgen.runfile.scenario import ClientsSpec, HttpSpec, PollSpec, Scenario, TrialSpec
from loadgen.trial import trial
from loadgen.trial.planned import Planned

pytestmark = [
    pytest.mark.skipif(executable() is None, reason="there is no Chromium"),
    pytest.mark.browser,
    pytest.mark.trial,
    pytest.mark.alone,
]

CLIENTS = 5
EVENTS = 2  # due in the window [0.9, 2.9) s, at 1.5 and 2.5 s; all there 0.25 s later
POLLS = CLIENTS * 8
TOLERANCE = 0.05
SCENARIO = Scenario(
    feed=FeedSpec(schedule="constant", rate_per_s=1.0, payload_bytes=10),
    clients=ClientsSpec(count=CLIENTS),
    poll=PollSpec(interval_s=0.25),
    trial=TrialSpec(warmup_s=0.9, duration_s=2.0, drain_s=2.0, rounds=1),
)


@cache
def measured(transport: str, tls: bool = False) -> Figures:
    made = msgspec.structs.replace(SCENARIO, http=HttpSpec(tls=tls))
    return trial.measure(Planned(transport, 1, made), trial.TrialSetup(), lambda delivered: None)


@pytest.mark.parametrize("transport", ["short-poll", "long-poll", "sse", "websocket"])
def test_every_event_reaches_every_page_once(transport: str) -> None:
    counts = measured(f"{transport}#chromium").deliveries
    assert (counts.expected, counts.delivered) == (CLIENTS * EVENTS, CLIENTS * EVENTS)
    assert (counts.duplicates, counts.out_of_order, counts.gaps) == (0, 0, 0)


def test_a_page_polls_at_every_slot_as_our_clients_do() -> None:
    browsers, ours = (measured(name).requests for name in ("short-poll#chromium", "short-poll"))
    useful = CLIENTS * EVENTS
    assert (browsers.useful, browsers.empty) == (useful, POLLS - useful)
    assert (browsers.useful, browsers.empty) == (ours.useful, ours.empty)
    assert (browsers.failed, browsers.missed_slots) == (0, 0)


def test_a_page_asks_again_once_for_each_event() -> None:
    browsers, ours = (measured(name).requests for name in ("long-poll#chromium", "long-poll"))
    assert (browsers.useful, browsers.empty, browsers.failed) == (CLIENTS * EVENTS, 0, 0)
    assert browsers.useful == ours.useful


@pytest.mark.parametrize("transport", ["short-poll", "long-poll", "sse", "websocket"])
def test_a_page_moves_as_many_bytes_as_our_clients(transport: str) -> None:
    browsers, ours = measured(f"{transport}#chromium"), measured(transport)
    assert per_delivery(browsers) == pytest.approx(per_delivery(ours), rel=TOLERANCE)
    assert browsers.window.down.message_bytes == ours.window.down.message_bytes


def per_delivery(figures: Figures) -> float:
    window = figures.window
    return (window.up.protocol_bytes + window.down.protocol_bytes) / figures.deliveries.received


@pytest.mark.parametrize("transport", ["sse", "websocket"])
def test_a_handshake_is_as_long_as_our_clients(transport: str) -> None:
    browsers, ours = measured(f"{transport}#chromium").setup, measured(transport).setup
    assert browsers
    assert ours
    assert browsers.traffic.up.protocol_bytes == pytest.approx(
        ours.traffic.up.protocol_bytes, rel=TOLERANCE
    )
    assert browsers.traffic.connections == ours.traffic.connections == CLIENTS


def test_the_run_file_says_which_browser_and_how_far_its_clock_may_be_off() -> None:
    told = measured("websocket#chromium").browser
    assert told
    assert told.version.startswith("Chrome")
    assert told.clock_error_ns > 0
    assert told.window_end.cpu_ns >= told.window_start.cpu_ns > 0
    assert measured("websocket").browser is None


def test_what_only_a_kernel_knows_is_left_out() -> None:
    window = measured("websocket#chromium").window
    assert window.up.tcp_bytes is window.down.segments is window.down.ip_bytes is None


def test_pages_speak_over_tls() -> None:
    assert measured("websocket#chromium", True).deliveries.delivered == CLIENTS * EVENTS
    assert measured("short-poll#chromium", True).requests.useful == CLIENTS * EVENTS


def test_no_process_is_left() -> None:
    measured("websocket#chromium")
    left = psutil.Process().children(recursive=True)
    assert [process for process in left if "--headless" in process.cmdline()] == []
