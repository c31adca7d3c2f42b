from typing import Any

from django.utils import timezone

from profiles.access import command
from profiles.actions.publishing import republish_outdated
from profiles.management.base import ActionCommand


class Command(ActionCommand):
    help = "Publish again the active profiles that an older program published, or that a retired key signed."

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"products": republish_outdated(by=command("republish_profiles"), now=timezone.now())}

    def say(self, result: dict[str, Any]) -> str:
        return f"Published again: {result['products']} products."
