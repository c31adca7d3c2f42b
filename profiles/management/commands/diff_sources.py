from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandParser

from profiles.actions.sources import read_source
from profiles.management.base import ActionCommand, bytes_of
from profiles.queries import source_named, source_outline
from profiles.rulebook.sources.compare import as_json, compare
from profiles.rulebook.sources.model import SourceDocument

PROMISED: Final = ("added", "removed", "authority", "title", "body")  # by the contract


class Command(ActionCommand):
    help = "Say what changed from one revision of a vendor's document to another, section by section."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        names = "a file, or an imported document by its date, its digest or the beginning of that"
        parser.add_argument("a", help=names)
        parser.add_argument("b", help=names)
        parser.add_argument(
            "--all", action="store_true", help="with moves, tags, likely renames, examples and commentary as well"
        )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        found = as_json(compare(_document(options["a"]), _document(options["b"])))
        every = options["all"] or not options["json"]
        return {name: part for name, part in found.items() if every or name in PROMISED}

    def say(self, result: dict[str, Any]) -> str:
        lines = [f"{name}: {_shown(item)}" for name, part in result.items() for item in part]
        return "\n".join(lines) or "Nothing differs."


def _document(text: str) -> SourceDocument:
    return read_source(bytes_of(text)) if Path(text).is_file() else source_outline(source_named(text))


def _shown(item: Any) -> str:
    if not isinstance(item, list):
        return str(item)
    *names, before, after = item
    sides = [", ".join(side) if isinstance(side, list) else side or "none" for side in (before, after)]
    return " ".join([*names, " -> ".join(sides)])
