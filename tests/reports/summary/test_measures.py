"""docs/reference/method/ defines each published number in the words of the table of measures."""

import re
from pathlib import Path

import pytest

from reports.summary.formulas import FORMULAS
from reports.summary.measures import BY_KEY, PUBLISHED, Least, Measure
from reports.summary.summary import Summary

METHOD = Path(__file__).parents[3] / "docs" / "reference" / "method"
PAGES = ("measures.md", "bytes-cpu-memory.md", "health.md")


def row(measure: Measure) -> str:
    return f"| `{measure.key}` | {measure.unit} | {measure.meaning} |"


def test_the_method_defines_each_number_in_the_words_of_the_table() -> None:
    pages = "\n".join((METHOD / page).read_text(encoding="utf-8") for page in PAGES)
    assert re.findall(r"^\| `\w+` \| .*$", pages, re.MULTILINE) == [row(m) for m in PUBLISHED]


def test_no_other_page_defines_a_number() -> None:
    others = [page for page in METHOD.glob("*.md") if page.name not in PAGES]
    keys = {measure.key for measure in PUBLISHED}
    for page in others:
        found = re.findall(r"^\| `(\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert keys.isdisjoint(found), page


def test_the_table_is_what_is_published() -> None:
    published = list(Summary("websocket", {}, {}, None).published())
    assert [measure.key for measure in PUBLISHED] == published
    assert {*FORMULAS, "rounds", "failed_rounds", "generator_healthy"} == set(published)


@pytest.mark.parametrize(
    ("least", "amount"),
    [
        (Least(amount=5.0), 5.0),
        (Least(amount=5.0, each_client=2.0), 205.0),
        (Least(amount=50.0, per="client"), 0.5),
        (Least(amount=50.0, per="delivery"), 0.05),
    ],
)
def test_what_a_difference_must_be_beyond_grows_with_the_trial(least: Least, amount: float) -> None:
    assert least.amount_of(clients=100, received=1_000) == amount
    assert Least(amount=7.0, per="delivery").amount_of(clients=1, received=0) == 7.0


# Row of the page's table of thresholds → what it speaks of.
THRESHOLDS = {
    "latency: mean, median, p90": ("latency_mean_ns", "latency_p50_ns", "latency_p90_ns"),
    "latency: p99, p99.9, worst": ("latency_p99_ns", "latency_p999_ns", "latency_max_ns"),
    "bytes, counts": ("protocol_bytes_per_delivery", "up_bytes", "delivered", "requests_useful"),
    "IP bytes per delivery": ("ip_bytes_per_delivery",),
    "requests per second": ("requests_per_s",),
    "shares": ("empty_share", "waste_share"),
    "CPU per delivery": ("server_cpu_ns_per_delivery",),
    "CPU share": ("server_cpu_share",),
    "memory per client": ("server_rss_bytes_per_client",),
    "connecting, median": ("setup_time_p50_ns",),
}
SCALES = {"ms": 1e6, "µs": 1e3, "points": 0.01, "MB": 1e6, "": 1.0}
AMOUNT = re.compile(
    r"(?P<first>[\d., ]+?) ?(?P<unit>ms|µs|points|MB|)(?: \+ (?P<each>[\d.]+) ms .*| ÷ .*)?"
)


def threshold_rows() -> dict[str, list[str]]:
    text = (METHOD / "comparisons.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows[2:]}


def amounts(cell: str, measures: int) -> tuple[list[float], float]:
    """What each measure's difference must be beyond, and what each client adds."""
    found = AMOUNT.fullmatch(cell)
    if found is None:
        assert cell == "–"
        return [0.0] * measures, 0.0
    scale = SCALES[found["unit"]]
    each = [float(number) * scale for number in found["first"].split(", ")]
    return each * (measures // len(each)), float(found["each"] or 0) * 1e6


@pytest.mark.parametrize("name", THRESHOLDS)
def test_the_page_has_the_thresholds_of_the_table(name: str) -> None:
    keys, cells = THRESHOLDS[name], threshold_rows()[name]
    for between in (False, True):
        share, amount = cells[2:] if between else cells[:2]
        firsts, each_client = amounts(amount, len(keys))
        for key, first in zip(keys, firsts, strict=True):
            measure = BY_KEY[key]
            least = (measure.between or measure.within) if between else measure.within
            assert least.share == pytest.approx(float(share.rstrip(" %").replace("–", "0")) / 100)
            assert (least.amount, least.each_client) == pytest.approx((first, each_client))


def test_the_page_has_a_row_of_thresholds_for_every_kind() -> None:
    assert set(threshold_rows()) == set(THRESHOLDS)
