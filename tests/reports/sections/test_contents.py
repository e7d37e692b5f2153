"""The sections of a report: their order, and what is absent where a run has nothing for it."""

import msgspec

from loadgen.runfile.run import Run
from reports.run_analysis import RunAnalysis
from reports.sections.contents import contents
from reports.sections.section import Section
from tests.reports import stepped


def keys(run: Run) -> list[str]:
    return [section.key for section in contents(RunAnalysis(run))]


def every(sections: tuple[Section, ...]) -> list[Section]:
    return [each for section in sections for each in (section, *every(section.parts))]


def test_the_sections_stand_in_reading_order() -> None:
    expected = ["latency", "paid", "flip", "differences", "time", "theory", "health", "measured"]
    assert keys(stepped.run()) == expected


def test_the_limits_of_a_scenario_come_first(plausible: Run) -> None:
    limits = {"websocket.latency_p99_ns": 50_000_000}
    scenario = msgspec.structs.replace(plausible.scenario, limits=limits)
    assert keys(msgspec.structs.replace(plausible, scenario=scenario))[0] == "limits"
    assert "limits" not in keys(plausible)


def test_the_headers_of_2010_have_a_section_of_their_own(plausible: Run) -> None:
    clients = msgspec.structs.replace(plausible.scenario.clients, headers="quantum-2010")
    scenario = msgspec.structs.replace(plausible.scenario, clients=clients)
    assert "quantum" in keys(msgspec.structs.replace(plausible, scenario=scenario))
    assert "quantum" not in keys(plausible)


def test_no_section_is_empty_or_named_twice(any_run: Run) -> None:
    found = every(contents(RunAnalysis(any_run)))
    named = [section.key for section in found if section.key]
    assert len(named) == len(set(named))
    for section in found:
        parts = (section.sentences, section.tables, section.parts, section.listing)
        assert any(parts) or section.picture, section.heading
