"""What a relay does to a bare TCP ping-pong: to be read with docs/reference/scenarios.md, Links."""

import pytest

from loadgen.runfile.figures import Link
from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link.netem import Place
from loadgen.under_test.link.path import open_path
from tests.microbench.table import Benchmark

NO_SERVER = "http://127.0.0.1:1/"  # the path is measured without it
MS = 1_000_000


def measured(link: LinkSpec) -> Link:
    with open_path(link, Place(), NO_SERVER) as (_, found):
        return found


@pytest.mark.parametrize("rtt_ms", [0, 20, 80])
def test_a_round_trip(benchmark: Benchmark, times_ns: dict[str, float], rtt_ms: int) -> None:
    link = LinkSpec(rtt_ms=rtt_ms)
    found = benchmark.pedantic(measured, args=(link,), rounds=1)
    times_ns[f"TCP ping-pong, link of {rtt_ms} ms"] = found.rtt.p50_ns
    times_ns[f"TCP connect and first answer, link of {rtt_ms} ms"] = found.connect.p50_ns
    if found.relay_rtt_ns is not None:
        times_ns[f"what the relay alone adds, link of {rtt_ms} ms"] = found.relay_rtt_ns
        assert abs(found.rtt.p50_ns - rtt_ms * MS) < 0.5 * MS
        assert found.connect.p50_ns > 2 * rtt_ms * MS
