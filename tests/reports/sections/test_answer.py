"""Each thing the answer can say, from summaries made by hand."""

import msgspec
import pytest

from reports.comparison.ratios import baseline, compare
from reports.formatting.units import GAP
from reports.sections.answer import FEW_ROUNDS, Answer, answer
from reports.summary.health_checks import examine
from reports.summary.summary import Summary, summarise
from tests.reports import runs


def summary(transport: str, *rounds: dict[str, float | None], healthy: bool = True) -> Summary:
    """A transport that delivered 100 of 100 events in each round, and these values.

    What is given of one round holds for three.
    """
    rounds = rounds * 3 if len(rounds) == 1 else rounds
    whole = {"expected": 100, "received": 100, "lost": 0, "latency_p50_ns": 1_000_000}
    by_round = {number: whole | values for number, values in enumerate(rounds, start=1)}
    return Summary(transport, by_round, {}, healthy if rounds else None)


def costs(size: float | None, cpu: float, memory: float) -> dict[str, float | None]:
    return {
        "ip_bytes_per_delivery": size,
        "protocol_bytes_per_delivery": 100.0,
        "server_cpu_ns_per_delivery": cpu,
        "server_rss_bytes_per_client": memory,
    }


WS = ("websocket", 1)
PUSH = summary("websocket", costs(100, 1_000, 10_000))


def told(*summaries: Summary) -> Answer:
    return answer(summaries, ())


def test_waste_is_told_with_its_figures() -> None:
    poll = summary(
        "short-poll",
        costs(940, 2_000, 20_000) | {"empty_share": 0.87, "latency_p50_ns": 31_000_000},
    )
    assert told(poll, PUSH) == Answer(
        cautions=(),
        findings=(
            f"Short polling made 87{GAP}% of its requests for nothing, moved 9.4× the bytes per "
            "event, and its events were 31× as old on arrival as WebSocket’s "
            f"(31.0{GAP}ms against 1.00{GAP}ms at the median).",
        ),
        in_favour="Nothing was cheaper with short polling than with WebSocket: not bytes per "
        "event, server CPU per 1,000 deliveries or server memory per client.",
    )


def test_what_speaks_for_polling_is_told_as_plainly() -> None:
    poll = summary("short-poll", costs(50, 500, 4_000) | {"empty_share": 0})
    said = told(poll, PUSH)
    assert said.findings == (
        "Short polling made no request for nothing, moved 0.50× the bytes per event, and its "
        f"events were as fresh on arrival as WebSocket’s (1.00{GAP}ms against 1.00{GAP}ms at "
        "the median).",
    )
    assert said.in_favour == (
        f"In favour of polling: short polling took 0.50× the bytes per event (50{GAP}B against "
        f"100{GAP}B), 0.50× the server CPU per 1,000 deliveries (500{GAP}µs against 1.00{GAP}ms) "
        f"and 0.40× the server memory per client (4.00{GAP}kB against 10.0{GAP}kB)."
    )


def test_what_is_level_is_told_as_level() -> None:
    said = told(summary("long-poll", costs(102, 2_000, 9_800)), PUSH)
    assert "moved as many bytes per event as WebSocket" in said.findings[0]
    assert said.in_favour == (
        "In favour of polling: long polling was level with WebSocket in bytes per event and "
        "server memory per client."
    )


def test_without_the_kernels_count_the_protocols_bytes_are_compared() -> None:
    poll = summary("short-poll", costs(None, 2_000, 20_000) | {"protocol_bytes_per_delivery": 300})
    assert "moved 3.0× the protocol bytes per event" in told(poll, PUSH).findings[0]


def test_ratios_are_medians_of_pairs_and_not_ratios_of_medians() -> None:
    poll = summary("short-poll", *(costs(size, 1, 1) for size in (400, 100, 900)))
    push = summary("websocket", *(costs(size, 1, 1) for size in (100, 50, 100)))
    compared = compare(poll, push, "ip_bytes_per_delivery")
    assert compared
    assert (compared.amount, compared.verdict) == (4.0, "more")


def test_rounds_that_disagree_are_no_difference() -> None:
    poll = summary("short-poll", costs(1, 800, 1), costs(1, 1_300, 1), costs(1, 700, 1))
    push = summary("websocket", *[costs(1, 1_000, 1)] * 3)
    compared = compare(poll, push, "server_cpu_ns_per_delivery")
    assert compared
    assert compared.verdict == "cannot tell"


def test_a_difference_needs_an_interval_without_1_beyond_the_noise() -> None:
    push = summary("websocket", *[costs(1, 1_000, 1)] * 5)
    again = summary("websocket#2", *(costs(1, cpu, 1) for cpu in (900, 1_100, 1_000, 950, 1_050)))
    for cpu, verdict in (
        (1_090, "no difference"),
        (920, "no difference"),
        (1_110, "cannot tell"),
        (1_200, "more"),
        (800, "less"),
    ):
        poll = summary("short-poll", *[costs(1, cpu, 1)] * 5)
        compared = compare(poll, push, "server_cpu_ns_per_delivery", [push, again])
        assert compared
        assert compared.verdict == verdict
        assert compared.interval
        assert compared.interval.low == pytest.approx(compared.interval.high)


def test_fewer_than_three_rounds_are_told_to_give_no_interval() -> None:
    poll, push = (summary(name, *[costs(s, 1, 1)] * 2) for name, s in (("short-poll", 9), WS))
    compared = compare(poll, push, "ip_bytes_per_delivery")
    assert compared
    assert (compared.amount, compared.interval, compared.verdict) == (9.0, None, "more")
    assert told(poll, push).cautions == (FEW_ROUNDS,)


def test_rounds_that_share_no_number_say_so() -> None:
    push = Summary("websocket", {4: PUSH.by_round[1]}, {}, True)
    said = told(summary("short-poll", costs(50, 500, 4_000)), push)
    assert said.findings == ("Short polling has no round with figures in common with WebSocket.",)
    assert (said.cautions, said.in_favour) == ((FEW_ROUNDS,), "")


def test_a_transports_second_self_stands_in_no_headline() -> None:
    poll = summary("short-poll", costs(400, 1, 1))
    again = [
        summary("short-poll#2", *[costs(400, 1, 1)] * 3),
        summary("websocket#2", costs(100, 1_000, 10_000)),
    ]
    assert told(poll, *again, PUSH).findings == told(poll, PUSH).findings


def test_shrunken_memory_gives_no_ratio() -> None:
    poll = summary("short-poll", costs(1, 1, -5))
    assert compare(poll, PUSH, "server_rss_bytes_per_client") is None


@pytest.mark.parametrize(
    ("transports", "chosen"),
    [
        (["short-poll", "sse", "websocket"], "websocket"),
        (["websocket#2", "sse"], "sse"),
        (["websocket@aiohttp", "websocket"], "websocket"),
        (["sse", "websocket@aiohttp"], "websocket@aiohttp"),
        (["tcp", "sse"], "sse"),
        (["tcp", "short-poll"], "tcp"),
        (["short-poll", "long-poll"], None),
    ],
)
def test_the_baseline_is_websocket_or_the_best_push(
    transports: list[str], chosen: str | None
) -> None:
    found = baseline([summary(name, {}) for name in transports])
    assert (found.transport if found else None) == chosen


def test_of_two_pushing_transports_the_faster_is_the_baseline() -> None:
    slow = summary("sse", {"latency_p50_ns": 9})
    fast = summary("socketio-websocket", {"latency_p50_ns": 3})
    assert baseline([slow, fast]) is fast


def test_what_speaks_for_another_push_is_not_told_of_polling() -> None:
    said = told(summary("sse", costs(50, 2_000, 20_000)), PUSH)
    assert said.in_favour.startswith("In favour of the others: server-sent events took 0.50× ")


def test_polling_alone_is_described_and_not_compared() -> None:
    said = told(summary("short-poll", costs(940, 1, 1) | {"empty_share": 0.5}))
    assert said.cautions == (
        "No pushing transport has figures, so there is nothing to hold polling against.",
    )
    assert said.findings == (
        f"Short polling made 50{GAP}% of its requests for nothing, moved 940{GAP}B per event and "
        f"half of its events were older than 1.00{GAP}ms on arrival.",
    )
    assert said.in_favour == ""


def test_a_push_alone_has_no_waste_to_show() -> None:
    said = told(PUSH)
    assert said.cautions == ("No polling transport has figures, so there is no waste to show.",)
    assert said.findings[0].startswith(f"WebSocket moved 100{GAP}B per event")


def test_failed_trials_are_counted_with_their_reason() -> None:
    some = Summary("websocket", PUSH.by_round, {4: "no port.", 5: "no port."}, True)
    none = Summary("long-poll", {}, {1: "the server ended"}, None)
    assert told(summary("short-poll", costs(1, 1, 1)), none, some).cautions == (
        "There are no figures for long polling, as every trial failed: the server ended.",
        "2 of 5 trials of WebSocket failed: no port.",
    )


def test_an_unmeasured_transport_is_named() -> None:
    assert told(summary("long-poll"), PUSH).cautions[0] == (
        "There is no trial of long polling in this run."
    )


def test_a_sick_trial_is_named_in_the_headline() -> None:
    slow = runs.worker(58_000 * runs.MS)
    sick = msgspec.structs.replace(runs.websocket(), workers=(slow,))
    run = runs.run(
        [runs.trial("short-poll", 1, runs.short_poll()), runs.trial("websocket", 1, sick)]
    )
    said = answer(summarise(run), examine(run))
    assert said.cautions[1] == (
        f"The load generator was sick in WebSocket, round 1: generator CPU 97{GAP}%, the limit "
        f"is 90{GAP}%. The figures of WebSocket are no facts."
    )
    assert said.findings[0].startswith("Measured by a sick generator, and so no fact: short poll")
    assert "(measured by a sick generator)" in said.in_favour


def test_nothing_delivered_is_no_answer() -> None:
    silent = summary("short-poll", {"received": 0, "expected": 1_200, "latency_p50_ns": None})
    idle = summary("websocket", {"received": 0, "expected": 0, "latency_p50_ns": None})
    said = told(silent, idle)
    assert said.sentences == (
        "No event arrived over short polling; 1\N{NARROW NO-BREAK SPACE}200 were expected.",
        "No event was due in the window of WebSocket, so it has nothing to show.",
        "Nothing was delivered in this run, so it cannot answer the question.",
    )


def test_lost_events_are_told() -> None:
    lossy = summary("short-poll", costs(1, 1, 1) | {"lost": 3})
    assert told(lossy, PUSH).cautions == ("Up to 3 of 100 events were lost over short polling.",)


def test_no_more_than_two_transports_stand_in_the_headline() -> None:
    polls = [summary(name, costs(1, 1, 1)) for name in ("short-poll", "long-poll", "short-poll@x")]
    assert len(told(*polls, PUSH).findings) == 2


def test_an_empty_run_is_answered() -> None:
    run = runs.run([])
    assert answer(summarise(run), examine(run)).sentences[-1].startswith("Nothing was delivered")


def scattered(**changes: tuple[float, ...]) -> Summary:
    """A poll like the push in all but these, round by round."""
    rounds = [
        costs(100, 1_000, 10_000) | dict(zip(changes, each, strict=True))
        for each in zip(*changes.values(), strict=True)
    ]
    return summary("short-poll", *rounds)


def test_what_the_rounds_cannot_tell_is_neither_level_nor_a_difference() -> None:
    said = told(
        scattered(
            latency_p50_ns=(1e6, 2e6, 3e6),
            ip_bytes_per_delivery=(90, 150, 100),
            server_cpu_ns_per_delivery=(900, 1_200, 1_300),
        ),
        PUSH,
    )
    assert said.findings == (
        "Short polling moved 1.0× the bytes per event (may be chance: 0.90 to 1.50), and its "
        f"events were 2.0× as old on arrival as WebSocket’s (2.00{GAP}ms against 1.00{GAP}ms at "
        "the median; may be chance: 1.00 to 3.00).",
    )
    assert said.in_favour == (
        "In favour of polling: short polling was level with WebSocket in server memory per client. "
        "Whether short polling was cheaper or dearer than WebSocket in bytes per event or server "
        "CPU per 1,000 deliveries the rounds cannot tell."
    )


def test_nothing_is_called_dearer_where_one_of_two_may_be_cheaper() -> None:
    dear = summary("long-poll", costs(400, 4_000, 40_000))
    maybe = scattered(
        ip_bytes_per_delivery=(400, 400, 400),
        server_cpu_ns_per_delivery=(900, 1_200, 1_300),
        server_rss_bytes_per_client=(40_000, 40_000, 40_000),
    )
    assert told(maybe, dear, PUSH).in_favour == (
        "Nothing was shown to be cheaper with short polling or long polling than with WebSocket: "
        "not bytes per event or server memory per client. Whether short polling was cheaper or "
        "dearer than WebSocket in server CPU per 1,000 deliveries the rounds cannot tell."
    )


@pytest.mark.parametrize(
    ("latencies", "clause"),
    [
        ((1e6, 1e6, 1e6), "its events were as fresh on arrival as WebSocket’s"),
        ((2e6, 1e6, 1e6), "may be chance: 1.00 to 2.00"),  # one trial lagged
        ((2e6, 2e6, 2e6), "its events were 2.0× as old on arrival as WebSocket’s (2.00"),
    ],
)
def test_a_lag_changes_the_sentence_on_age_and_no_other(
    latencies: tuple[float, ...], clause: str
) -> None:
    said = told(scattered(latency_p50_ns=latencies), PUSH)
    assert clause in said.findings[0]
    assert said.findings[0].startswith("Short polling moved as many bytes per event as WebSocket, ")
    assert said.in_favour == (
        "In favour of polling: short polling was level with WebSocket in bytes per event, server "
        "CPU per 1,000 deliveries and server memory per client."
    )
