"""What fits into a month, and what does not."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from audits.checks.budgets import Caps, Cost, excess, month_of, part_of, used_up


def test_what_fits_exactly_fits_and_one_more_does_not() -> None:
    caps = Caps(trials=100, tokens=1_000)
    assert excess(caps, Cost(60, 0), Cost(40, 1_000)) is None
    over = excess(caps, Cost(60, 0), Cost(41, 0))
    assert over is not None
    assert (over.unit, over.most, over.taken, over.wanted, over.left) == ("trials", 100, 60, 41, 40)
    tokens = excess(caps, Cost(0, 900), Cost(1, 200))
    assert tokens is not None
    assert (tokens.unit, tokens.left) == ("tokens", 100)


def test_without_limits_everything_fits() -> None:
    assert excess(Caps(), Cost(10**9, 10**12), Cost(1, 1)) is None
    assert used_up(Caps(requests=10), Cost(10**9, 10**12)) is None


def test_used_up_is_what_leaves_nothing_more_to_ask() -> None:
    assert used_up(Caps(trials=10), Cost(9)) is None
    assert used_up(Caps(trials=10), Cost(10)) is not None
    over = used_up(Caps(trials=10, tokens=5), Cost(1, 7))
    assert over is not None
    assert (over.unit, over.left) == ("tokens", 0)


def test_a_month_begins_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert month_of(datetime(2026, 12, 1, 3, tzinfo=tokyo)) == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_part_is_rounded_up() -> None:
    assert part_of(Cost(3, 100), 1) == Cost(1, 34)
    assert part_of(Cost(), 0) == Cost()
    third = part_of(Cost(3, 100, Decimal(1), "EUR"), 1)
    assert (third.money, third.currency) == (Decimal("0.333334"), "EUR")


def test_money_is_judged_in_the_currency_of_the_budget_alone() -> None:
    caps = Caps(money=Decimal("2.50"), currency="EUR")
    euros, dollars = Cost(1, 1, Decimal("1.25"), "EUR"), Cost(1, 1, Decimal(9), "USD")
    assert excess(caps, euros, euros) is None
    over = excess(caps, euros + euros, euros)
    assert over is not None
    assert (over.unit, over.left, over.wanted, over.currency) == ("money", 0, Decimal("1.25"), "EUR")
    assert used_up(caps, euros + euros) is not None
    assert used_up(caps, dollars) is None
    assert excess(caps, euros, Cost(1, 1)) is None, "without prices nothing is claimed"
