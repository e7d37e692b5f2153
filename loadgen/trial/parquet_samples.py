"""Every delivery of a run as Parquet: one file per trial, one row per arrival (extra `frames`)."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from feed.errors import InputError
from loadgen.trial.planned import Planned
from loadgen.worker.task import ARRIVALS, Result

FOLDER = "samples"


@dataclass(frozen=True)
class Samples:
    """The folder that they are written to, and where to say that one could not be written."""

    folder: Path
    warn: Callable[[str], None]

    def keep(self, planned: Planned, results: Sequence[Result], epoch_ns: int) -> None:
        """Write a trial's file. Where that fails, the trial still has its figures.

        The columns: transport, round, client (its index), seq, due_ns and received_ns (since the
        epoch), latency_ns, message_bytes (of a whole batch on its first event).
        """
        import pyarrow as pa  # here, as only this needs it
        import pyarrow.parquet as pq

        tables = [result.arrivals for result in results if result.arrivals is not None]
        empty = np.empty((0, len(ARRIVALS)), dtype=np.int64)
        client, seq, due_ns, message_bytes, arrived_ns = np.concatenate([empty, *tables]).T
        received_ns = arrived_ns - epoch_ns
        columns = {
            "transport": pa.array([planned.transport] * seq.size).dictionary_encode(),
            "round": pa.array(np.full(seq.size, planned.round, dtype=np.int32)),
            "client": pa.array(client.astype(np.int32)),
            "seq": pa.array(seq),
            "due_ns": pa.array(due_ns),
            "received_ns": pa.array(received_ns),
            "latency_ns": pa.array(received_ns - due_ns),
            "message_bytes": pa.array(message_bytes.astype(np.int32)),
        }
        path = self.folder / f"{planned.transport}-{planned.round}.parquet"
        try:
            self.folder.mkdir(exist_ok=True)
            pq.write_table(pa.table(columns), path)
        except OSError as error:
            with contextlib.suppress(OSError):
                path.unlink()
            self.warn(f"{path}: samples not kept: {error.strerror or error}")


def require() -> None:
    """Raises InputError where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise InputError("--samples: pyarrow is missing: pip install 'pushbench[frames]'")
