"""docs/reference/method/ and the glossary define each published number, and no other."""

import re
from pathlib import Path

from reports.summary.measures import MEANING
from reports.summary.summary import Summary

METHOD = Path(__file__).parents[2] / "docs" / "reference" / "method"
PUBLISHED = list(Summary("websocket", {}, {}, None).published())


def test_the_glossary_is_complete_and_in_order() -> None:
    assert list(MEANING) == PUBLISHED


def test_every_number_is_defined_in_the_method() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in METHOD.glob("*.md"))
    defined = re.findall(r"^\| `(\w+)` \|", pages, re.MULTILINE)
    assert sorted(defined) == sorted(PUBLISHED)
