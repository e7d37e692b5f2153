"""The path as the report shows it: medians over rounds, and what the relay itself adds."""

import msgspec

from loadgen.runfile.figures import Distribution, Link
from loadgen.runfile.run import Run
from reports.render import html
from reports.run_analysis import RunAnalysis
from reports.sections import environment


def steady(ns: int) -> Distribution:
    return Distribution(
        count=1, mean_ns=ns, min_ns=ns, p50_ns=ns, p90_ns=ns, p99_ns=ns, p999_ns=ns, max_ns=ns
    )


def over(run: Run, added_ns: tuple[int | None, ...]) -> Run:
    """The run, with what the relay added in round 1, 2 and 3; None: no relay."""

    def link(number: int) -> Link:
        rtt, connect = steady(80_000_000), steady(160_000_000)
        return Link(rtt=rtt, connect=connect, relay_rtt_ns=added_ns[number - 1])

    trials = tuple(
        msgspec.structs.replace(
            trial, figures=msgspec.structs.replace(trial.figures, link=link(trial.round))
        )
        for trial in run.trials
        if trial.figures
    )
    return msgspec.structs.replace(run, trials=trials)


def test_the_relays_own_delay_is_told_with_its_spread(plausible: Run) -> None:
    made = environment.table(over(plausible, (70_000, 50_000, 90_000)))
    assert made is not None
    _, rtt, connect, added = made.rows[0]
    assert (rtt.text, connect.text) == ("80.0\u00a0ms", "160\u00a0ms")
    assert (added.text, added.spread) == ("70.0\u00a0µs", "50.0–90.0\u00a0µs")


def test_without_a_relay_it_says_so(plausible: Run) -> None:
    made = environment.table(over(plausible, (None, None, None)))
    assert made is not None
    assert made.rows[0][3].text == "no relay"


def test_a_run_whose_path_was_not_measured_has_no_table(plausible: Run) -> None:
    trials = tuple(
        msgspec.structs.replace(trial, figures=msgspec.structs.replace(trial.figures, link=None))
        for trial in plausible.trials
        if trial.figures
    )
    assert environment.table(msgspec.structs.replace(plausible, trials=trials)) is None


def test_the_page_has_the_table(plausible: Run) -> None:
    assert "added by the relay itself" in html.render(
        RunAnalysis(over(plausible, (70_000, 50_000, 90_000)))
    )
