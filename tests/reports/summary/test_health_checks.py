"""Each check, triggered and not."""

from typing import Any

import msgspec
import pytest

from loadgen.runfile.figures import Figures
from reports.summary.health_checks import CHECKS, Finding, examine
from tests.imports import ROOT
from tests.reports import runs
from tests.reports.runs import MS, durations, worker


def findings(measured: Figures, transport: str = "short-poll", **poll: Any) -> list[Finding]:
    plan = runs.scenario([transport])
    plan = msgspec.structs.replace(plan, poll=msgspec.structs.replace(plan.poll, **poll))
    return list(examine(runs.run([runs.trial(transport, 1, measured)], plan)))


def with_part(measured: Figures, path: str, **changes: Any) -> Figures:
    part = msgspec.structs.replace(getattr(measured, path), **changes)
    return msgspec.structs.replace(measured, **{path: part})


def with_worker(cpu_ns: int, lag_ns: int, measured: Figures | None = None) -> Figures:
    return msgspec.structs.replace(measured or runs.short_poll(), workers=(worker(cpu_ns, lag_ns),))


def with_lags(measured: Figures, lags_ns: list[int]) -> Figures:
    paused = msgspec.structs.replace(worker(0), loop_lag=durations(lags_ns))
    return msgspec.structs.replace(measured, workers=(worker(0), paused))


def few(measured: Figures, count: int) -> Figures:
    assert measured.latency
    latency = msgspec.structs.replace(measured.latency, count=count)
    return msgspec.structs.replace(measured, latency=latency)


POLL = runs.short_poll()
PUSH = runs.websocket()
SICK = {
    "generator CPU": with_worker(54_600 * MS, 0),
    "loop lag": with_worker(0, 51 * MS),
    "client pause": with_lags(POLL, [MS] * 999 + [251 * MS]),
    "stolen CPU": msgspec.structs.replace(POLL, stolen_share=0.06),
    "request delay": with_part(POLL, "requests", delay=durations([51 * MS] * 10)),
}
TOLD = {
    "publish lag": with_part(POLL, "server", publish_lag=durations([21 * MS] * 10)),
    "server stall": with_part(POLL, "server", publish_lag=durations([MS] * 999 + [101 * MS])),
    "mixed hosts": with_part(POLL, "server", window_start=runs.usage(5_000 * MS)),
    "lost events": with_part(POLL, "deliveries", lost=1),
    "duplicates": with_part(POLL, "deliveries", duplicates=1),
    "out of order": with_part(POLL, "deliveries", out_of_order=1),
    "missed slots": with_part(POLL, "requests", missed_slots=1),
    "failed requests": with_part(POLL, "requests", failed=1),
    "gaps": with_part(POLL, "deliveries", gaps=1),
    "too few samples": few(POLL, 999),
}
PASSING = {
    "a sound poll": POLL,
    "a sound push": PUSH,
    "generator CPU": with_worker(54_000 * MS, 0),
    "loop lag": with_worker(0, 49 * MS),
    "request delay": with_part(POLL, "requests", delay=durations([49 * MS] * 10)),
    "publish lag": with_part(POLL, "server", publish_lag=durations([19 * MS] * 10)),
    "server stall": with_part(POLL, "server", publish_lag=durations([MS] * 999 + [99 * MS])),
    "client pause": with_lags(POLL, [MS] * 999 + [249 * MS]),
    "stolen CPU": msgspec.structs.replace(POLL, stolen_share=0.04),
    "no publish lag": with_part(POLL, "server", publish_lag=None),
    "samples": few(POLL, 1_000),
}


def test_the_cases_cover_the_closed_list() -> None:
    assert [check.name for check in CHECKS] == [*SICK, *TOLD]


@pytest.mark.parametrize("check", SICK)
def test_a_generator_that_cannot_keep_up_is_sick(check: str) -> None:
    assert [(f.check, f.sickens) for f in findings(SICK[check])] == [(check, True)]


@pytest.mark.parametrize("check", TOLD)
def test_what_the_server_did_is_told_and_sickens_nobody(check: str) -> None:
    assert [(f.check, f.sickens) for f in findings(TOLD[check])] == [(check, False)]


@pytest.mark.parametrize("case", PASSING)
def test_a_trial_within_the_limits_passes(case: str) -> None:
    assert findings(PASSING[case]) == []


def test_loop_lag_is_held_against_the_latency_it_adds_to() -> None:
    # The push's p99 is below 1 ms, so the floor of 5 ms is the limit.
    found = findings(with_worker(0, 6 * MS, PUSH), "websocket")
    assert [(f.check, f.seen, f.limit) for f in found] == [
        ("loop lag", "6.00\N{NO-BREAK SPACE}ms", "5.00\N{NO-BREAK SPACE}ms")
    ]
    assert findings(with_worker(0, 4 * MS, PUSH), "websocket") == []


def test_a_pause_is_held_against_the_latency_it_adds_to() -> None:
    found = findings(with_lags(PUSH, [MS] * 999 + [101 * MS]), "websocket")
    assert [(f.check, f.limit) for f in found] == [("client pause", "100\N{NO-BREAK SPACE}ms")]


def test_delay_is_held_against_a_short_polls_interval() -> None:
    late = with_part(POLL, "requests", delay=durations([11 * MS] * 10))
    assert [f.check for f in findings(late, interval_s=0.1)] == ["request delay"]
    assert findings(late, "long-poll", interval_s=0.1) == []
    assert findings(late, interval_s=1.0) == []


def test_a_failed_trial_is_a_finding_with_its_reason() -> None:
    (found,) = examine(runs.run([runs.failed("websocket", 2, "no port")]))
    assert (found.check, found.round, found.seen) == ("failed trial", 2, "no port")
    assert not found.sickens


def test_trials_whose_clocks_began_far_apart_were_on_two_machines() -> None:
    assert PUSH.server
    other = with_part(
        PUSH, "server", window_start=runs.usage(7_200_000 * MS), window_end=PUSH.server.window_end
    )
    moved = msgspec.structs.replace(
        other,
        workers=(msgspec.structs.replace(worker(0), window_start=runs.usage(7_200_000 * MS)),),
    )
    trials = [runs.trial("websocket", 1, PUSH), runs.trial("websocket", 2, moved)]
    found = examine(runs.run(trials, runs.scenario(["websocket"])))
    assert [(f.check, f.round, f.sickens) for f in found] == [("mixed hosts", 2, False)]


def test_a_trial_without_a_delivery_lacks_samples() -> None:
    names = [f.check for f in findings(runs.silent(POLL))]
    assert names == ["lost events", "too few samples"]


def test_each_check_names_a_cause_and_a_remedy() -> None:
    assert all(check.cause and check.remedy for check in CHECKS)


def test_the_page_of_the_method_lists_every_check() -> None:
    page = ROOT / "docs" / "reference" / "method" / "health.md"
    cells = [line.split(" | ") for line in page.read_text(encoding="utf-8").splitlines()]
    rows = [(row[0].strip("| "), row[2].strip("| ")) for row in cells if len(row) == 3]
    listed = {name: sick for names, sick in rows for name in names.split(", ")}
    checks = {each.name: "yes" if each.sickens else "no" for each in CHECKS}
    found_elsewhere = {"theory": "no", "failed trial": "no"}  # of no trial's figures alone
    assert listed.items() >= (checks | found_elsewhere).items()
    assert {name for name, sick in listed.items() if sick in ("yes", "no")} == {
        *checks,
        *found_elsewhere,
    }
