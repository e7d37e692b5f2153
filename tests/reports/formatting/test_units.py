"""Figures as text, against answers written by hand: _ is a no-break space, ' a thin one."""

from collections.abc import Callable

import pytest

from reports.formatting import units

CASES = [
    (units.duration, None, "–"),
    (units.duration, 0, "0_ns"),
    (units.duration, 7, "7_ns"),
    (units.duration, 850, "850_ns"),
    (units.duration, 999.6, "1.00_µs"),
    (units.duration, 412_345, "412_µs"),
    (units.duration, 1_234_000, "1.23_ms"),
    (units.duration, 999_999_999, "1.00_s"),
    (units.duration, 123_000_000_000, "123_s"),
    (units.duration, 5_000_000_000_000, "5'000_s"),
    (units.duration, -3_000_000, "−3.00_ms"),
    (units.size, None, "–"),
    (units.size, 470, "470_B"),
    (units.size, 7.25, "7.25_B"),
    (units.size, 999.9, "1.00_kB"),
    (units.size, 1_234, "1.23_kB"),
    (units.size, 16_000_000_000, "16.0_GB"),
    (units.size, 512_300_000_000_000, "512_TB"),
    (units.per_thousand, None, "–"),
    (units.per_thousand, 85_300, "85.3_ms"),
    (units.ratio, None, "–"),
    (units.ratio, 0.414, "0.41×"),
    (units.ratio, 9.42, "9.4×"),
    (units.ratio, 31.2, "31×"),
    (units.ratio, 1_234, "1'230×"),
    (units.share, None, "–"),
    (units.share, 0, "0_%"),
    (units.share, 0.0001, "<0.1_%"),
    (units.share, 0.02, "2.0_%"),
    (units.share, 0.871, "87_%"),
    (units.share, 0.9999, "99.9_%"),
    (units.share, 1, "100_%"),
    (units.count, None, "–"),
    (units.count, 1_600, "1'600"),
    (units.count, 2.5, "2.5"),
    (units.rate, None, "–"),
    (units.rate, 0, "0_/s"),
    (units.rate, 0.5, "0.5_/s"),
    (units.rate, 100, "100_/s"),
    (units.rate, 1_234.5, "1'230_/s"),
    (units.flag, None, "–"),
    (units.flag, True, "yes"),
    (units.flag, False, "no"),
]


@pytest.mark.parametrize(("write", "value", "expected"), CASES)
def test_a_figure_is_written_with_its_unit(
    write: Callable[[float | None], str], value: float | None, expected: str
) -> None:
    assert write(value).replace(units.GAP, "_").replace(units.THIN, "'") == expected


def test_a_span_names_a_common_unit_once() -> None:
    low, high = units.duration(500_000_000), units.duration(509_000_000)
    assert units.span(low, high) == f"500–509{units.GAP}ms"
    assert units.span(units.size(900), units.size(1_100)) == f"900{units.GAP}B–1.10{units.GAP}kB"
    assert units.span(low, low) == ""


def test_a_tick_has_no_needless_zeros() -> None:
    assert units.tick(0, units.size) == "0"
    assert units.tick(1_500, units.size) == f"1.5{units.GAP}kB"
    assert units.tick(30) == "30"
