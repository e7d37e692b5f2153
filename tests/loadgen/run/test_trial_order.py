"""The order of trials: every transport once a round, shuffled, the same feed for all of a round."""

from collections import Counter

from loadgen.run.scenario_loader import load
from loadgen.run.trial_order import plan, with_itself


def test_each_round_has_each_transport_once() -> None:
    planned = plan(load("chat", ["trial.rounds=5"]))
    assert Counter((entry.round, entry.transport) for entry in planned) == {
        (number, transport): 1
        for number in range(1, 6)
        for transport in ("short-poll", "long-poll", "websocket")
    }
    assert [entry.round for entry in planned] == sorted(entry.round for entry in planned)


def test_the_order_is_drawn_anew_each_round_and_the_same_for_a_seed() -> None:
    def orders(seed: int) -> list[str]:
        planned = plan(load("chat", ["trial.rounds=20", f"feed.seed={seed}"]))
        return [entry.transport for entry in planned]

    def rounds(seed: int) -> set[tuple[str, ...]]:
        drawn = orders(seed)
        return {tuple(drawn[first : first + 3]) for first in range(0, len(drawn), 3)}

    assert orders(1) == orders(1)
    assert orders(1) != orders(100)
    assert len(rounds(1)) == 6  # all the orders that three transports have


def test_a_round_shares_one_feed_and_the_next_draws_another() -> None:
    seeds = {(entry.round, entry.scenario.feed.seed) for entry in plan(load("chat"))}
    assert seeds == {(1, 1), (2, 2), (3, 3)}


def test_an_a_a_comparison_runs_the_baseline_under_a_second_name() -> None:
    scenario = with_itself(load("chat", ["trial.rounds=1"]))
    names = {entry.transport: entry.name.protocol for entry in plan(scenario)}
    assert names == {
        "short-poll": "short-poll",
        "long-poll": "long-poll",
        "websocket": "websocket",
        "websocket#2": "websocket",
    }


def test_without_the_baseline_the_last_transport_is_held_against_itself() -> None:
    scenario = with_itself(load("chat", ['transports=["short-poll"]']))
    assert scenario.transports == ("short-poll", "short-poll#2")
