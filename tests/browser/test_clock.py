"""The offset of a page's clock, from stamps whose true offset is known."""

from loadgen.recording.clock_offset import PageOffset, Stamps, offset


def test_one_exchange_bounds_the_offset_by_its_round_trip() -> None:
    found = offset([Stamps(1_000_000_000, 400.0, 1_000_600_000)], resolution_ns=0)
    assert found == PageOffset(600_000_000, 600_600_000)
    assert found.middle_ns == 600_300_000


def test_several_exchanges_leave_what_their_intervals_share() -> None:
    late_question = Stamps(2_000_000_000, 1_400.0, 2_000_500_000)  # 600.0 to 600.5 ms
    late_answer = Stamps(3_000_000_000, 2_399.7, 3_000_800_000)  # 600.3 to 601.1 ms
    assert offset([late_question, late_answer], 0) == PageOffset(600_300_000, 600_500_000)


def test_a_coarse_clock_widens_the_bound_by_its_resolution() -> None:
    found = offset([Stamps(1_000_000_000, 400.0, 1_000_600_000)], resolution_ns=100_000)
    assert found == PageOffset(599_900_000, 600_700_000)


def test_clocks_that_drifted_apart_are_bounded_by_both_intervals() -> None:
    before, after = Stamps(0, 0.0, 100_000), Stamps(10_000_000, 9.0, 10_050_000)
    assert offset([before, after], 0) == PageOffset(100_000, 1_000_000)


def test_the_error_of_an_offset_is_its_distance_to_the_further_end() -> None:
    known = PageOffset(600_000, 800_000)
    assert known.furthest_ns(known.middle_ns) == 100_000
    assert known.furthest_ns(500_000) == 300_000
