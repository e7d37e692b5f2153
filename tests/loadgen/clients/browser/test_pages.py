"""What pages in Chromium cannot measure is refused before the first trial; needs no Chromium."""

import pytest

from feed.errors import InputError
from loadgen.clients.browser import pages
from loadgen.run.trial_order import with_pages
from loadgen.runfile.scenario import ClientsSpec, HttpSpec, PollSpec, Scenario


def test_each_transport_that_a_page_speaks_is_measured_both_ways() -> None:
    made = with_pages(Scenario(transports=("short-poll", "websocket")))
    assert made.transports[2:] == ("short-poll#chromium", "websocket#chromium")
    assert with_pages(made) == made


def test_what_no_page_speaks_is_measured_by_our_own_clients_alone() -> None:
    assert with_pages(Scenario(transports=("tcp", "sse"))).transports[2:] == ("sse#chromium",)
    with pytest.raises(ValueError, match="Expected pages to speak one of short-poll, .*tcp#chrom"):
        Scenario(transports=("tcp#chromium",))


@pytest.mark.parametrize(
    ("scenario", "line"),
    [
        (Scenario(clients=ClientsSpec(count=250)), "250 clients .* 50 .* --set clients.count=50"),
        (
            Scenario(clients=ClientsSpec(count=5, headers="minimal")),
            "its own headers, not minimal; --set clients.headers=chrome",
        ),
        (
            Scenario(clients=ClientsSpec(count=5), poll=PollSpec(keep_alive=False)),
            "--set poll.keep_alive=true",
        ),
        (
            Scenario(clients=ClientsSpec(count=5), http=HttpSpec(compression=True)),
            "--set http.compression=false",
        ),
    ],
)
def test_what_pages_cannot_do_is_refused_in_one_line(scenario: Scenario, line: str) -> None:
    pages.require(scenario)
    with pytest.raises(InputError, match=f"^pages in Chromium: .*{line}$"):
        pages.require(with_pages(scenario))


def test_a_missing_browser_is_told_before_the_first_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "executable", lambda: None)
    with pytest.raises(InputError, match="on the path; install one"):
        pages.require(with_pages(Scenario(clients=ClientsSpec(count=5))))
