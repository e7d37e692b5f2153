import asyncio
import gc

import pytest

from feed.process import COLLECT_AFTER, loop_factory, loop_name, tune_gc, usage


def test_usage_only_grows_where_it_counts_time() -> None:
    before = usage()
    sum(range(100_000))
    after = usage()
    assert after.at_ns >= before.at_ns
    assert after.user_ns >= before.user_ns
    assert after.system_ns >= before.system_ns
    assert after.cpu_ns == after.user_ns + after.system_ns
    assert after.rss_bytes > 1_000_000


@pytest.mark.parametrize("choice", ["uvloop", "asyncio"])
def test_the_name_of_a_loop_is_that_of_the_one_made(choice: str) -> None:
    loop = loop_factory(choice)()
    try:
        assert isinstance(loop, asyncio.AbstractEventLoop)
        assert loop_name(choice).split()[0] in {type(loop).__module__.split(".")[0]}
    finally:
        loop.close()


def test_tuning_takes_what_is_there_out_of_later_collections_and_has_fewer_of_them() -> None:
    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        tune_gc()
        assert gc.get_freeze_count() > before
        assert gc.isenabled()
        assert gc.get_threshold() == (COLLECT_AFTER, *thresholds[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
