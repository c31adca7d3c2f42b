"""Money of runs: what a protocol fixes of it, and what would be refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from audits.checks import probes, protocols
from audits.checks.prices import NOTHING, Money, written
from audits.models import Endpoint, Protocol
from profiles.actions.endpoints import prices_of, standing
from profiles.errors import InvalidInput, WrongState


def money_of(endpoint: Endpoint, judge: Endpoint | None, cap: Decimal | None) -> Money | None:
    """What a protocol fixes of money; None where no endpoint has prices, and nothing is said of it.

    Raises:
        InvalidInput: a cap that could not be kept: an endpoint has no prices, or each is priced in its own currency.
    """
    sides = [each for each in (endpoint, judge) if each]
    known = [prices_of(each) for each in sides]
    currencies = sorted({prices.currency for prices in known if prices})
    if len(currencies) > 1:
        message = _("The model is priced in one currency and the judge in another. Give both prices in one.")
        raise InvalidInput(message, fields={"judge": [message]})
    if cap is not None:
        _need_possible_cap(cap, [row for row, prices in zip(sides, known, strict=True) if prices is None])
    if not currencies:
        return None
    return Money(currencies[0], known[0], known[1] if judge else None, cap)


def _need_possible_cap(cap: Decimal, without: list[Endpoint]) -> None:
    if without:
        message = _("The endpoint %(name)s has no prices, so no cap can be kept. Set its prices, or leave the cap out.")
        message %= {"name": without[0].name}
        raise InvalidInput(message, fields={"cap": [message]})
    if cap <= NOTHING:
        message = _("Give a cap above zero, or none.")
        raise InvalidInput(message, fields={"cap": [message]})


def need_room(suite: probes.Suite, document: dict[str, Any]) -> None:
    """
    Raises:
        InvalidInput: the cap is so low that not even the first trial could begin.
    """
    money = Money.of(document)
    if money is None or money.cap is None:
        return
    least = protocols.most_of_beginning(suite, document, money)
    if money.cap < least:
        message = _(
            "With a cap of %(cap)s %(currency)s not one trial could begin: trying the judge, if there is one, and the "
            "first trial may cost up to %(least)s %(currency)s."
        )
        message %= {"cap": written(money.cap), "least": written(least), "currency": money.currency}
        raise InvalidInput(message, fields={"cap": [message]})


def need_prices(protocol: Protocol, document: dict[str, Any]) -> None:
    """A protocol that says nothing of money may be run whatever the prices are.

    Raises:
        WrongState: the prices that it fixed are no longer those of its endpoints.
    """
    money = Money.of(document)
    if money is None:
        return
    for row, fixed in ((protocol.endpoint, money.target), (protocol.judge, money.judge)):
        now = standing(row) if row else None
        if now is not None and prices_of(now) != fixed:
            message = _(
                "The prices of the endpoint %(name)s are not those of this protocol any more. Start a new run, whose "
                "protocol has them."
            )
            raise WrongState(message % {"name": now.name})
