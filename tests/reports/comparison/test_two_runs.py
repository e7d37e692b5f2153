"""Two runs side by side: nothing where nothing changed, and a delay by its sign and its size."""

import msgspec
import pytest

from loadgen.runfile.figures import Figures
from loadgen.runfile.run import Run
from reports.comparison.two_runs import TwoRuns, two_runs
from reports.render.two_runs import cautions, changes, findings, sentences
from reports.summary.measures import MEASURES
from tests.reports import runs, two

DELAY_NS = 300 * runs.MS


def changed(compared: TwoRuns) -> set[tuple[str, str]]:
    return {(pair.transport, line.measure.key) for pair, line in compared.changed}


@pytest.mark.parametrize("seed", [7, 8], ids=["paired", "unpaired"])
def test_two_runs_of_one_scenario_show_no_difference_in_any_number(
    plausible: Run, seed: int
) -> None:
    compared = two_runs(plausible, two.another_time(seed=seed))
    assert compared.paired is (seed == 7)
    assert changed(compared) == set()
    assert len(compared.judged) == 89
    answer, *_ = sentences(compared)
    assert answer == ("No difference in any of 89 numbers of 3 transports.")


@pytest.mark.parametrize("seed", [7, 8], ids=["paired", "unpaired"])
def test_a_delay_is_found_with_its_sign_and_its_size(plausible: Run, seed: int) -> None:
    slower = {name: lambda measured: two.delayed(measured, DELAY_NS) for name in runs.MAKERS}
    compared = two_runs(plausible, two.altered(two.another_time(seed=seed), slower))
    keys = [f"latency_{name}_ns" for name in ("mean", "p50", "p90", "p99", "max")]
    assert changed(compared) == {(name, key) for name in runs.MAKERS for key in keys}
    for pair in compared.pairs:
        line = pair["latency_p50_ns"]
        assert line.change is not None
        assert line.change.verdict == "more"
        assert line.old is not None
        assert line.new is not None
        assert line.new - line.old == pytest.approx(DELAY_NS, rel=0.01)
        assert line.change.amount == pytest.approx(line.new / line.old, rel=0.02)


def test_the_way_back_is_less(plausible: Run) -> None:
    slower = two.altered(plausible, {"websocket": lambda m: two.delayed(m, DELAY_NS)})
    compared = two_runs(slower, plausible)
    assert {line.change.verdict for _, line in compared.changed if line.change} == {"less"}


def test_a_hundredth_of_a_per_cent_is_no_difference(plausible: Run) -> None:
    def a_little_more(measured: Figures) -> Figures:
        down = msgspec.structs.replace(
            measured.window.down, protocol_bytes=measured.window.down.protocol_bytes + 20
        )
        return msgspec.structs.replace(
            measured, window=msgspec.structs.replace(measured.window, down=down)
        )

    compared = two_runs(plausible, two.altered(plausible, {"websocket": a_little_more}))
    assert changed(compared) == set()


def test_the_generators_own_figures_are_shown_and_not_judged(plausible: Run) -> None:
    pair = two_runs(plausible, two.altered(plausible, {"websocket": two.sick})).pairs[-1]
    line = pair["loop_lag_p99_ns"]
    assert line.change is None
    assert (line.old, line.new) == (200_000, 70 * runs.MS)


def test_a_sick_generator_is_told_before_any_change(plausible: Run) -> None:
    worse = {"websocket": lambda m: two.sick(two.delayed(m, DELAY_NS))}
    compared = two_runs(plausible, two.altered(plausible, worse))
    assert [pair.sick for pair in compared.pairs] == [(), (), ("new",)]
    assert any("sick in WebSocket of the new run" in text for text in cautions(compared))
    table = changes(compared)
    assert table is not None
    assert {row[-1].spread for row in table.rows} == {"sick"}
    found = findings(compared)
    assert found is not None
    assert any("generator CPU" in row[1].text for row in found.rows)


def test_transports_of_one_run_alone_are_listed(plausible: Run) -> None:
    polls = runs.run([t for t in plausible.trials if t.transport != "websocket"])
    polls = msgspec.structs.replace(polls, scenario=runs.scenario(["short-poll", "long-poll"]))
    assert two_runs(plausible, polls).only_old == ("websocket",)
    back = two_runs(polls, plausible)
    assert back.only_new == ("websocket",)
    assert "Only in the new run: WebSocket." in cautions(back)


def test_the_floor_is_what_a_transport_differs_by_from_itself(plausible: Run) -> None:
    again = tuple(
        runs.trial("websocket#2", t.round, two.delayed(t.figures, 20 * runs.MS))
        for t in plausible.trials
        if t.transport == "websocket" and t.figures
    )
    noisy = msgspec.structs.replace(plausible, trials=(*plausible.trials, *again))
    slower = {"websocket": lambda m: two.delayed(m, 10 * runs.MS)}
    by_itself = two_runs(noisy, two.altered(plausible, slower))
    by_rule = two_runs(plausible, two.altered(plausible, slower))
    assert ("websocket", "latency_p50_ns") in changed(by_rule)
    assert ("websocket", "latency_p50_ns") not in changed(by_itself)


def test_one_round_says_that_it_cannot_tell() -> None:
    compared = two_runs(runs.plausible(1), two.another_time(1))
    assert changed(compared) == set()
    answer, *grounds = sentences(compared)
    assert answer == (
        f"No difference is shown in any of {len(compared.judged)} numbers of 3 transports; of "
        f"{compared.unclear} the rounds cannot tell."
    )
    assert 0 < compared.unclear < len(compared.judged)  # what is exactly the same is no difference
    assert any(text.startswith("One round cannot tell") for text in grounds)
    assert all(line.change.interval is None for line in compared.pairs[0].lines if line.change)


def test_runs_of_any_shape_can_be_compared(any_run: Run, plausible: Run) -> None:
    for compared in (two_runs(any_run, plausible), two_runs(plausible, any_run)):
        assert sentences(compared)
        for pair in compared.pairs:
            assert [line.measure for line in pair.lines] == list(MEASURES)


def test_without_a_number_in_common_there_is_nothing_to_compare(plausible: Run) -> None:
    (only,) = sentences(two_runs(plausible, runs.run([])))
    assert only.startswith("There is nothing to compare")
