"""A worker's result that holds nothing but its arrivals."""

import numpy as np
import numpy.typing as npt

from feed.process import Usage
from loadgen.recording.aggregate import aggregate
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.distribution import distribution
from loadgen.runfile.figures import WorkerFigures
from loadgen.worker.task import Result

NOTHING = Usage(at_ns=0, user_ns=0, system_ns=0, rss_bytes=0)


def result_with(arrivals: npt.NDArray[np.int64]) -> Result:
    lag = distribution(np.zeros(1, dtype=np.int64))
    assert lag
    return Result(
        tally=aggregate([], [], 0, 0, 1),
        setup=ByteCounts(),
        connect_ns=np.zeros(0, dtype=np.int64),
        window=ByteCounts(),
        whole=ByteCounts(),
        figures=WorkerFigures(
            clients=0,
            ready=NOTHING,
            window_start=NOTHING,
            window_end=NOTHING,
            loop_lag=lag,
            loop="uvloop",
        ),
        epoch_ns=0,
        begins_ns=0,
        stolen_share=None,
        arrivals=arrivals,
    )
