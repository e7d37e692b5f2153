"""The cursor a client sends: `after`, the seq of the last event it received."""

from feed.history import History
from servers.errors import Refusal

MAX_CURSOR = 2**63 - 1


def parse(text: str | None, history: History, name: str = "after") -> int:
    """The cursor that `text` is; where there is none, the one before the oldest event of `history`.

    So whoever names no cursor gets all there is, and never a gap. Raises Refusal (400) for
    what is not a decimal integer in 0 … MAX_CURSOR. name: where the client put it.
    """
    if text is None:
        return history.first_seq - 1
    # isdigit() alone would let other scripts' digits pass; the length keeps int() off long texts.
    if text.isascii() and text.isdigit() and len(text) <= 19:
        after = int(text)
        if after <= MAX_CURSOR:
            return after
    expected = f"a decimal integer from 0 to {MAX_CURSOR}"
    raise Refusal(400, f"{name} must be {expected}, not {shortened(text)!r}")


def shortened(text: str) -> str:
    """At most 40 characters of what a client sent, for the error that it gets back."""
    return text if len(text) <= 40 else f"{text[:39]}…"
