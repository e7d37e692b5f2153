"""`python -m feed '{"rate_per_s":2}'`: the feed as lines, for a server in another language.

One encoded event a line, from seq 1 on, as fast as they are read; the text of an event holds no
line end, as JSON escapes it. The argument is the [feed] table of a scenario.
"""

import sys

import msgspec

from feed.errors import InputError
from feed.event import encode
from feed.schedule import events
from feed.spec import FeedSpec


def main(arguments: list[str]) -> int:
    """Write the feed to standard output; 0 when it ends or nobody reads on, 2 for bad input."""
    try:
        (text,) = arguments or ["{}"]
        feed = events(msgspec.json.decode(text, type=FeedSpec))
    except (ValueError, InputError) as error:  # msgspec's errors are ValueErrors
        print(f"feed: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    try:
        for event in feed:
            sys.stdout.buffer.write(encode(event) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.stdout = None  # nothing left to flush at exit
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
