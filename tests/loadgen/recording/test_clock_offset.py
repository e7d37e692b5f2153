"""The offset of two clocks, from stamps whose true offset is known."""

from hypothesis import given
from hypothesis import strategies as st

from loadgen.recording.clock_offset import Offset, Stamps, clock_offset

# Theirs is 600.0 to 600.6 ms behind.
EXCHANGE = Stamps(1_000_000_000, 400_000_000, 1_000_600_000)


def test_one_exchange_bounds_the_offset_by_half_its_round_trip() -> None:
    assert clock_offset([EXCHANGE]) == Offset(-600_300_000, 300_000)


def test_the_quickest_exchange_decides_where_the_others_allow_more() -> None:
    slow = Stamps(2_000_000_000, 1_400_500_000, 2_009_000_000)
    assert clock_offset([slow, EXCHANGE, slow]) == clock_offset([EXCHANGE])


def test_several_exchanges_leave_what_their_intervals_share() -> None:
    late_question = Stamps(2_000_000_000, 1_400_000_000, 2_000_500_000)  # 600.0 to 600.5 ms
    late_answer = Stamps(3_000_000_000, 2_399_700_000, 3_000_800_000)  # 600.3 to 601.1 ms
    assert clock_offset([late_question, late_answer]) == Offset(-600_400_000, 100_000)


def test_a_coarse_clock_widens_the_bound_by_its_resolution() -> None:
    assert clock_offset([EXCHANGE], resolution_ns=100_000) == Offset(-600_300_000, 400_000)


def test_clocks_that_drifted_apart_are_bounded_by_both_intervals() -> None:
    before, after = Stamps(0, 0, 100_000), Stamps(10_000_000, 9_000_000, 10_050_000)
    assert clock_offset([before, after]) == Offset(-550_000, 450_000)


def test_within_the_bound_it_is_taken_for_one_clock() -> None:
    assert clock_offset([Stamps(1_000, 1_080, 1_100)]) == Offset(0, 50)
    assert clock_offset([Stamps(1_000, 8_080, 1_100)]) == Offset(7_030, 50)


def test_a_bound_is_never_0() -> None:
    assert clock_offset([Stamps(1_000, 8_000, 1_000)]) == Offset(7_000, 1)


def test_the_error_of_an_offset_is_its_distance_to_the_further_end() -> None:
    known = Offset(700_000, 100_000)
    assert known.furthest_ns(700_000) == 100_000
    assert known.furthest_ns(500_000) == 300_000


WAYS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=9)


@given(st.integers(-(10**12), 10**12), WAYS)
def test_the_true_offset_is_within_the_bound_and_none_is_wider_than_the_quickest(
    true_ns: int, ways: list[tuple[int, int]]
) -> None:
    found = clock_offset([Stamps(0, there + true_ns, there + back) for there, back in ways])
    assert found.bound_ns is not None
    quickest_ns = min(there + back for there, back in ways)
    assert found.bound_ns <= max(1, (quickest_ns + 1) // 2)
    # An offset that is taken for 0 may be off by the bound once more.
    assert abs(found.ns - true_ns) <= found.bound_ns * (1 if found.ns else 2)
