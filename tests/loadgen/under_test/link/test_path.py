"""The [link], [http] and [websocket] tables: what is refused, and what a trial waits for."""

import pytest

from feed.errors import InputError
from loadgen.run import scenario_loader
from loadgen.runfile.scenario import LinkSpec, Scenario, TrialSpec, WebSocketSpec
from loadgen.under_test.link.path import relayed


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("link.rtt_ms=-1", "rtt_ms"),
        ("link.rtt_ms=nan", "rtt_ms"),
        ("link.rtt_ms=inf", "rtt_ms"),
        ("link.jitter_ms=1", "at most half of `rtt_ms`"),
        ("link.jitter_ms=nan", "jitter_ms"),
        ("link.bandwidth_bit_per_s=-5", "bandwidth_bit_per_s"),
        ("link.bandwidth_bit_per_s=1.5", "bandwidth_bit_per_s"),
        ("link.loss=1", "loss"),
        ("link.loss=nan", "loss"),
        ("link.delay=5", "known keys: rtt_ms, jitter_ms, bandwidth_bit_per_s, loss"),
        ("http.tls=1", "tls"),
        ("websocket.batch_ms=-1", "batch_ms"),
        ("websocket.batch_ms=nan", "batch_ms"),
    ],
)
def test_nonsense_is_refused_in_one_line(setting: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refused:
        scenario_loader.load("chat", [setting])
    assert "\n" not in str(refused.value)


def test_loss_and_bandwidth_exclude_each_other() -> None:
    with pytest.raises(InputError, match="`loss` or `bandwidth_bit_per_s`"):
        scenario_loader.load("chat", ["link.loss=0.1", "link.bandwidth_bit_per_s=1000000"])


@pytest.mark.parametrize(
    ("link", "needs_one"),
    [
        (LinkSpec(), False),
        (LinkSpec(rtt_ms=1), True),
        (LinkSpec(bandwidth_bit_per_s=1_000), True),
        (LinkSpec(rtt_ms=80, loss=0.1), False),
    ],
)
def test_a_relay_is_there_only_for_what_it_can_do(link: LinkSpec, needs_one: bool) -> None:
    assert relayed(link) is needs_one


def test_the_drain_leaves_room_for_the_link_and_for_batches() -> None:
    scenario = Scenario(
        link=LinkSpec(rtt_ms=100, jitter_ms=50),
        websocket=WebSocketSpec(batch_ms=500),
        trial=TrialSpec(drain_s=2),
    )
    assert scenario.longest_drain_s("long-poll") == pytest.approx(2 + 4 * 0.2)
    assert scenario.longest_drain_s("websocket") == pytest.approx(2 + 4 * 0.2 + 0.5)
