"""Stolen and withheld CPU time, from the kernel's own texts."""

import sys

import pytest

from loadgen.worker.generator_health import Account, share

STAT = "cpu  100 0 50 800 20 0 5 25 7 7\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
QUOTA = "usage_usec 900\nnr_throttled 3\nthrottled_usec 1500\n"


def test_the_columns_are_added_up_without_the_guests_counted_twice() -> None:
    assert Account.parse(STAT, QUOTA) == Account(stolen=25, all=1000, withheld_us=1500)
    assert Account.parse(STAT, "").withheld_us == 0


@pytest.mark.parametrize("text", ["", "cpu", "cpu one two", "cpu 1 2 3"])
def test_another_text_is_no_account(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        Account.parse(text, "")


def test_a_share_is_of_what_passed_in_between() -> None:
    start = Account(stolen=10, all=1000, withheld_us=0)
    assert share(start, Account(stolen=30, all=1200, withheld_us=0), 10**9) == 0.1
    # 250 ms of one second
    assert share(start, Account(stolen=10, all=1200, withheld_us=250_000), 10**9) == 0.25


def test_nothing_is_known_without_two_readings() -> None:
    account = Account(stolen=0, all=1, withheld_us=0)
    assert share(None, account, 1) is None
    assert share(account, None, 1) is None
    assert share(account, account, 1) is None


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/stat is Linux's")
def test_this_machine_tells() -> None:
    account = Account.read()
    assert account is not None
    assert account.all > 0
