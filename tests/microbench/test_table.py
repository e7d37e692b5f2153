from tests.microbench.table import Ratio, in_turns, markdown


def ratio(ours: list[float]) -> Ratio:
    return Ratio(
        job="count", against="an abacus", unit="beads/s", target=2.0, ours=ours, theirs=[10, 20, 10]
    )


def test_takes_turns() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return len(order)

    assert in_turns(2, lambda: side("a"), lambda: side("b")) == [[1, 3], [2, 4]]
    assert order == ["a", "b", "a", "b"]


def test_compares_round_by_round() -> None:
    assert ratio([30, 40, 50]).ratios == [2, 3, 5]
    assert ratio([30, 40, 50]).median == 3


def test_tells_target_and_reached() -> None:
    row = "| count | an abacus | 40 | 10 beads/s | 3.00 (2.00–5.00) | 2.00 | yes |"
    assert ratio([30, 40, 50]).row() == row
    assert ratio([10, 20, 10]).row().endswith("| 1.00 (1.00–1.00) | 2.00 | no |")


def test_writes_both_tables() -> None:
    text = markdown([ratio([30, 40, 50])], {"f()": 1_234.5})
    assert text.count("| count |") == 1
    assert "| f() | 1,234 ns |" in text
