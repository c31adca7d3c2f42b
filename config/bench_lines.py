"""How `make bench` says whether something is as fast as it is meant to be."""

from __future__ import annotations


def line(what: str, found: float, bar: float, here: str, *, at_least: bool = False) -> None:
    """
    Args:
        found: relative to ``bar`` it is printed first, since it says more than what this machine takes.
        at_least: more is better.
        here: what this machine took, for people.
    """
    is_met = found >= bar if at_least else found <= bar
    print(f"  {what:<40} {found / bar:5.2f}   {'met' if is_met else 'NOT MET':<7}   {here}")
