"""docs/reference/method/ defines each published number in the words of the table of measures."""

import re
from pathlib import Path

import pytest

from reports.summary.formulas import FORMULAS
from reports.summary.measures import PUBLISHED, Least, Measure
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
