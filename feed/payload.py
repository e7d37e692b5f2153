"""The texts of a synthetic feed: seeded words, cut to an exact length in bytes."""

import math
from collections.abc import Iterator
from random import Random

from feed.spec import FeedSpec

# Of the logarithm; with it one text in a hundred is about nine times the median, as in a chat.
LOG_NORMAL_SIGMA = 0.95
MAX_PAYLOAD_BYTES = 1_000_000

_WORDS = (
    "order please thanks update price ticket the and a to of status shipped refund open closed "
    "customer agent reply waiting today tomorrow server build failed passed review merge deploy "
    "account invoice payment card number street parcel delay sorry sure moment check done yes no "
    "can you see it now one two ten high low bid ask trade volume market index point up down"
).split()


def texts(spec: FeedSpec) -> Iterator[str]:
    """An endless, seeded sequence of ASCII texts that need no escaping in JSON."""
    lengths = _fixed(spec) if spec.payload == "fixed" else _log_normal(spec)
    draw = Random(f"{spec.seed}/text")
    pool = " ".join(draw.choices(_WORDS, k=4096))
    for length in lengths:
        start = draw.randrange(len(pool))
        copies = (start + length) // len(pool) + 1
        yield (pool * copies)[start : start + length]


def _fixed(spec: FeedSpec) -> Iterator[int]:
    while True:
        yield spec.payload_bytes


def _log_normal(spec: FeedSpec) -> Iterator[int]:
    """Lengths whose mean is payload_bytes: the mean of a log-normal is exp(mu + sigma² / 2)."""
    draw = Random(f"{spec.seed}/length")
    mu = math.log(spec.payload_bytes) - LOG_NORMAL_SIGMA**2 / 2
    while True:
        length = round(draw.lognormvariate(mu, LOG_NORMAL_SIGMA))
        yield min(max(length, 1), MAX_PAYLOAD_BYTES)
