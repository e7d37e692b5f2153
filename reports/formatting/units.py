"""Numbers as text: the one place where a figure gets its unit.

Three significant digits, decimal prefixes (1 kB is 1,000 bytes), a no-break space before the unit,
a thin one between thousands, a true minus sign; None is a dash.
"""

import math
from collections.abc import Callable

NOTHING = "–"
GAP = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B"))

Number = int | float


def duration(ns: Number | None, digits: int = 3) -> str:
    """Nanoseconds as ns, µs, ms or s: 1_234_000 is "1.23 ms"."""
    return NOTHING if ns is None else _scaled(ns, _TIMES, digits)


def size(octets: Number | None, digits: int = 3) -> str:
    """Bytes as B, kB, MB, GB or TB, decimal: 1_234 is "1.23 kB"."""
    return NOTHING if octets is None else _scaled(octets, _SIZES, digits)


def per_thousand(ns: Number | None) -> str:
    """Nanoseconds for one of them as the time for a thousand: 85_300 is "85.3 ms"."""
    return NOTHING if ns is None else duration(ns * 1000)


def span(low: str, high: str) -> str:
    """From one written figure to another: "500–509 ms"; "" where they read alike."""
    if low == high:
        return ""
    low_number, _, low_unit = low.partition(GAP)
    return f"{low_number if low_unit == high.partition(GAP)[2] else low}–{high}"


def tick(value: Number, text: Callable[[Number], str] | None = None) -> str:
    """A round value on an axis, as `text` writes it but without needless zeros: "0", "1.5 kB"."""
    if value == 0:
        return "0"
    number, gap, unit = (text(value) if text else significant(value)).partition(GAP)
    return (number.rstrip("0").rstrip(".") if "." in number else number) + gap + unit


def ratio(value: Number | None) -> str:
    """How many times: "0.41×", "9.4×", "31×", "1 230×"."""
    if value is None:
        return NOTHING
    return significant(value, 2 if abs(value) < 100 else 3) + "×"


def factor(value: Number) -> str:
    """A bare ratio, with its hundredths near 1, where they matter: "0.98", "1.03", "239"."""
    return _fixed(value, 2) if abs(value) < 9.995 else significant(value)


def share(part: Number | None) -> str:
    """A part of 1 in per cent: 0.871 is "87 %".

    "0 %" and "100 %" are kept for exactly none and exactly all.
    """
    if part is None:
        return NOTHING
    percent = part * 100
    if 0 < percent < 0.05:
        return f"<0.1{GAP}%"
    if 99.5 <= percent < 100:
        return f"{math.floor(percent * 10) / 10:.1f}{GAP}%"
    return f"{_fixed(percent, 1 if 0 < percent < 9.95 else 0)}{GAP}%"


def count(value: Number | None) -> str:
    """How many, in full: 1_600 is "1 600"; one decimal where it is not whole (a median)."""
    if value is None:
        return NOTHING
    return _fixed(value, 0 if value == round(value) else 1)


def rate(per_s: Number | None) -> str:
    """How many each second: "100 /s"; up to three significant digits, zeros at the end left out."""
    if per_s is None:
        return NOTHING
    return f"{tick(per_s)}{GAP}/s"


def flag(value: bool | None) -> str:
    """yes or no."""
    return NOTHING if value is None else ("yes" if value else "no")


def significant(value: Number, digits: int = 3) -> str:
    """A bare number with so many significant digits: 3.14159 is "3.14", 12345 is "12 300"."""
    rounded = _round(value, digits)
    return _fixed(rounded, _decimals(rounded, digits))


def _scaled(value: Number, steps: tuple[tuple[float, str], ...], digits: int) -> str:
    rounded = _round(value, digits)
    factor, unit = next((step for step in steps if abs(rounded) >= step[0]), steps[-1])
    if factor == 1 and rounded == round(rounded):
        return f"{_fixed(rounded, 0)}{GAP}{unit}"  # a whole byte or nanosecond has no fraction
    return f"{significant(rounded / factor, digits)}{GAP}{unit}"


def _round(value: Number, digits: int) -> float:
    return round(value, digits - 1 - _exponent(value))


def _decimals(value: float, digits: int) -> int:
    return max(0, digits - 1 - _exponent(value)) if value else 0


def _exponent(value: Number) -> int:
    return math.floor(math.log10(abs(value))) if value else 0


def _fixed(value: Number, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace(",", THIN).replace("-", MINUS)
