import secrets
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from profiles.access import Role, command
from profiles.actions.members import create_person
from profiles.management.base import ActionCommand
from profiles.queries import organization_named


class Command(ActionCommand):
    help = "Make an account with a random password, printed this once; as a member of an organization, or a steward."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--organization", help="the organization's slug")
        parser.add_argument("--role", choices=[role.value for role in Role], default=Role.ADMINISTRATOR.value)
        parser.add_argument("--days", type=int, default=90, help="how long an auditor may look")
        parser.add_argument("--steward", action="store_true", help="acts for the whole installation")

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        password, now = secrets.token_urlsafe(15), timezone.now()
        role = Role(options["role"])
        user = create_person(
            email=options["email"],
            name=options["name"],
            password=password,
            is_steward=options["steward"],
            organization=organization_named(options["organization"]) if options["organization"] else None,
            role=role,
            expires_at=now + timedelta(days=options["days"]) if role is Role.AUDITOR else None,
            by=command("create_person"),
            now=now,
        )
        return {"email": user.email, "password": password}

    def say(self, result: dict[str, Any]) -> str:
        return f"{result['email']} may sign in with the password {result['password']}"
