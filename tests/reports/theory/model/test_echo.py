"""The report of an echo: it speaks of exchanges and round trips, and of no polls."""

import html
import json
import re

import msgspec
import pytest

from loadgen.runfile.scenario import EchoSpec, TrialSpec
from reports.render import html as page
from reports.render.text import brief, show
from reports.run_analysis import RunAnalysis
from reports.sections.answer import answer
from reports.sections.libraries import libraries
from reports.sections.measured import cards
from reports.summary.health_checks import examine
from reports.summary.measures import BY_KEY, Words, of_workload
from reports.summary.summary import summarise
from reports.theory.deviation import deviations
from reports.theory.forecast import forecasts
from reports.theory.model.inputs import ModelInputs, model_inputs
from reports.theory.predict import replayed
from tests.reports import echoes, runs

FOREIGN = re.compile(
    r"\bpoll(s|ing)?\b|\bevents?\b|\bempty\b|for nothing|old on arrival|fresh|stale|deliver", re.I
)


def plain(*texts: str) -> list[str]:
    """With ordinary spaces between numbers and units."""
    return [re.sub(r"\s", " ", text) for text in texts]


def text_of(page: str) -> str:
    """What a reader sees: without style, drawings' data, keys, the scenario and the command."""
    page = re.sub(r"<(style|code|pre)\b.*?</\1>", "", page, flags=re.S)
    page = re.sub(r'<section id="scenario">.*?</section>', "", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_the_answer_is_about_bytes_and_round_trips() -> None:
    run = echoes.plausible()
    told = answer(summarise(run), examine(run))
    assert told.cautions == ()
    assert plain(*told.findings) == [
        "HTTP POST moved 3.1× the bytes per exchange, and its round trip took 2.0× the time of "
        "WebSocket’s (901 µs against 451 µs at the median).",
    ]
    assert told.in_favour == (
        "In favour of requests: HTTP POST was level with WebSocket in server memory per client."
    )


def test_alone_it_is_described() -> None:
    run = echoes.plausible(["post"])
    told = answer(summarise(run), examine(run))
    assert plain(*told.findings) == [
        "HTTP POST moved 1.10 kB per exchange and half of its round trips took longer than 901 µs.",
    ]
    assert told.cautions == (
        "No pushing transport has figures, so there is nothing to hold requests against.",
    )


@pytest.mark.parametrize("transports", [["post", "websocket"], ["post"], ["websocket"]])
def test_the_page_speaks_of_no_polls(transports: list[str]) -> None:
    found = FOREIGN.search(text := text_of(page.render(RunAnalysis(echoes.plausible(transports)))))
    assert found is None, text[found.start() - 60 : found.end() + 60]


@pytest.mark.parametrize("format", ["table", "markdown"])
def test_what_is_shown_speaks_of_no_polls(format: str) -> None:
    run = echoes.plausible()
    assert FOREIGN.search(show(RunAnalysis(run), format)) is None  # type: ignore[arg-type]
    assert FOREIGN.search(brief(RunAnalysis(run))) is None


def test_for_programs_the_keys_are_the_same_and_null_where_they_mean_nothing() -> None:
    published = json.loads(show(RunAnalysis(echoes.plausible()), "json"))
    meaningless = set(BY_KEY) - set(of_workload("echo"))
    assert meaningless == {
        "gaps",
        "requests_empty",
        "empty_share",
        "missed_slots",
        "publish_lag_p99_ns",
        "publish_lag_max_ns",
    }
    assert list(published["post"]) == list(
        json.loads(show(RunAnalysis(runs.plausible()), "json"))["websocket"]
    )
    assert {key for key in meaningless if published["post"][key] is not None} == set()
    assert published["post"]["requests_useful"] == echoes.TEXTS
    assert published["websocket"]["protocol_bytes_per_delivery"] == 251


def test_every_name_of_an_echo_is_that_of_a_measure() -> None:
    assert of_workload("feed") == BY_KEY
    for key, measure in of_workload("echo").items():
        words = BY_KEY[key].echo
        if isinstance(words, Words):
            assert (measure.label, measure.meaning) == (words.label, words.meaning)
        else:
            assert measure == BY_KEY[key]


def test_the_cards_name_the_round_trip_and_the_requests() -> None:
    post, websocket = cards(summarise(echoes.plausible()))
    assert (post.name, [label for _, label in post.figures]) == (
        "HTTP POST",
        [
            "round trip, at the median",
            "requests, all clients together",
            "on the wire per exchange",
            "server CPU per 1,000 exchanges",
        ],
    )
    assert websocket.figures[1] == ("0", "requests once connected")


def test_what_was_lost_and_what_failed_is_found() -> None:
    bad = echoes.post(failed=2)
    counts = runs.deliveries(echoes.TEXTS, lost=2, delivered=echoes.TEXTS - 2)
    bad = msgspec.structs.replace(bad, deliveries=counts)
    run = runs.run([runs.trial("post", 1, bad)], echoes.scenario(["post"]))
    assert [found.check for found in examine(run)] == ["lost exchanges", "failed requests"]
    first, *_ = plain(*answer(summarise(run), examine(run)).cautions)
    assert first == "Up to 2 of 3 000 exchanges were lost over HTTP POST."


def test_a_generator_that_sends_a_tenth_of_the_gap_late_is_sick() -> None:
    late = msgspec.structs.replace(
        echoes.post().requests, delay=runs.durations([21 * runs.MS] * echoes.TEXTS)
    )
    bad = msgspec.structs.replace(echoes.post(), requests=late)
    run = runs.run([runs.trial("post", 1, bad)], echoes.scenario(["post"]))
    (found,) = examine(run)
    assert (found.check, *plain(found.limit), found.sickens) == ("request delay", "20.0 ms", True)


@pytest.mark.parametrize(
    ("transport", "size", "protocol", "packets"),
    [
        # 700 up and 300 down; the answer acknowledges the text, and is acknowledged by itself.
        ("post", 120, 1_000, 1_000 + 3 * 52),
        # 6 + 120 up, 2 + 123 down
        ("websocket", 120, 126 + 125, 126 + 125 + 3 * 52),
        # 6 + 125 up, 4 + 128 down: the answer is the first to need the longer length
        ("websocket", 125, 131 + 132, 131 + 132 + 3 * 52),
        ("websocket", 65_533, 65_541 + 65_546, None),
    ],
)
def test_theory_is_two_transits_and_the_sizes(
    transport: str, size: int, protocol: int, packets: int | None
) -> None:
    plan = msgspec.structs.replace(
        echoes.scenario(), echo=msgspec.structs.replace(echoes.scenario().echo, payload_bytes=size)
    )
    trial = runs.trial(transport, 1, echoes.MAKERS[transport](1))
    found = replayed(model_inputs(runs.run([trial], plan), trial))
    assert found.values["latency_p50_ns"] == 30_000  # of the link: the round trip
    assert found.values["message_bytes_per_delivery"] == 2 * size + 3
    assert found.values["protocol_bytes_per_delivery"] == protocol
    assert found.values["tcp_bytes_per_delivery"] == protocol
    if packets:
        assert found.values["ip_bytes_at_1500"] == packets
    assert ("requests_per_s" in found.values) == (transport == "websocket")


# 50 bytes in a packet: 6 + 13 + 50 up and 2 + 6 + 53 down, and twice the digits of its number.
# A client sends five a second, from 1 to 61 s 6 to 305: 4 have one digit, 90 two, and 206 three.
SOCKETIO_BYTES = 130 + 2 * (4 + 90 * 2 + 206 * 3) / 300


def socketio_premise(duration_s: float = 60.0, size: int = 50) -> ModelInputs:
    plan = msgspec.structs.replace(
        echoes.scenario(),
        echo=EchoSpec(payload_bytes=size),
        trial=TrialSpec(duration_s=duration_s),
    )
    trial = runs.trial("socketio-websocket", 1, echoes.websocket())
    return model_inputs(runs.run([trial], plan), trial)


def test_a_packet_has_its_number_and_there_are_pings() -> None:
    values = replayed(socketio_premise()).values
    pings = 2 * (3 + 7) / 300  # two in the window, of each client
    assert values["protocol_bytes_per_delivery"] == pytest.approx(SOCKETIO_BYTES + pings)
    assert values["requests_per_s"] == 0
    assert "ip_bytes_at_1500" not in values


def test_without_a_ping_packets_are_computed_too() -> None:
    values = replayed(socketio_premise(duration_s=1.0)).values  # the numbers 6 to 10
    assert values["protocol_bytes_per_delivery"] == pytest.approx(130 + 2 * 1.2)
    assert values["ip_bytes_at_1500"] == pytest.approx(130 + 2 * 1.2 + 3 * 52)


def test_the_longer_length_of_a_frame_depends_on_the_number() -> None:
    values = replayed(socketio_premise(duration_s=1.0, size=111)).values
    # Up 6 + 13 + 111, with two digits 8; down 2 + 6 + 114.
    assert values["protocol_bytes_per_delivery"] == pytest.approx(252 + 2 * 1.2 + 0.2 * 2)


def test_libraries_of_an_echo_are_held_against_each_other() -> None:
    trials = [
        runs.trial(name, number, echoes.websocket(number * cost))
        for number in (1, 2, 3)
        for name, cost in (("websocket", 1), ("websocket@nodejs-websocket", 100))
    ]
    trials += [runs.trial("post", number, echoes.post(number)) for number in (1, 2, 3)]
    names = ("post", "websocket", "websocket@nodejs-websocket")
    run = runs.run(trials, echoes.scenario(names))
    (told,) = libraries(run, summarise(run)).sentences
    assert "of server CPU per 1,000 exchanges at its cheapest" in told
    assert FOREIGN.search(text_of(page.render(RunAnalysis(run)))) is None


def test_without_the_sizes_of_a_post_theory_says_why() -> None:
    bare = msgspec.structs.replace(echoes.post(), exchange=None)
    trial = runs.trial("post", 1, bare)
    found = replayed(model_inputs(runs.run([trial], echoes.scenario()), trial))
    assert found.why_not["protocol_bytes_per_delivery"] == "the sizes of a POST were not recorded"
    assert found.why_not["requests_per_s"] == "each client of an echo draws its own due times"


def test_every_figure_of_a_plausible_run_agrees() -> None:
    run = echoes.plausible()
    held = deviations(run, forecasts(run))
    assert {deviation.label for deviation in held} >= {"round trip, mean", "protocol per exchange"}
    assert [each.label for each in held if each.agrees is False] == []
