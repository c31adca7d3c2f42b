"""An organization's members with what their roles may do; inviting, changing and removing them."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb, Message, Person, Pill, Problem, When


class MemberLine(Struct, frozen=True):
    id: int  # of the person
    person: Person
    email: str
    role: str
    since: When
    since_day: str
    expires: When | None = None
    pill: Pill | None = None  # "You", "Ends in 9 days", "Ended", "Invited"
    href: str = ""  # where it is changed; empty for those who only read


class RoleEntry(Struct, frozen=True):
    """``may`` is what the role may do."""

    id: str
    name: str
    count: str  # "2 members"
    may: tuple[str, ...]
    text: str


class RoleChoice(Struct, frozen=True):
    value: str
    label: str
    text: str
    chosen: bool


class MemberForm(Struct, frozen=True):
    """To invite somebody, or with ``seen`` to change what they are. What was typed is kept after a refusal."""

    roles: tuple[RoleChoice, ...]
    earliest: str  # the first day that an end may name
    expires: str = ""
    email: str = ""
    name: str = ""
    seen: str = ""
    email_error: str = ""
    name_error: str = ""
    role_error: str = ""
    expires_error: str = ""


class NewLink(Struct, frozen=True):
    """A link that sets a password. It exists in this one answer and nowhere else."""

    address: str
    name: str
    email: str
    lasts: str
    mailed: str  # whether it went by mail as well

    def __repr__(self) -> str:
        return f"NewLink({self.name!r})"  # never the address: a repr ends up in logs


class MembersPage(Struct, frozen=True):
    lead: str
    members: tuple[MemberLine, ...]
    roles: tuple[RoleEntry, ...]
    form: MemberForm | None = None
    no_form: str = ""
    eyes: Message | None = None  # whether somebody else could review what one of them writes
    new: NewLink | None = None
    problems: tuple[Problem, ...] = ()


class MemberPage(Struct, frozen=True):
    pk: int
    line: MemberLine
    crumbs: tuple[Crumb, ...]
    form: MemberForm | None = None
    no_form: str = ""  # why nothing can be changed here
    can_link: bool = False  # has set no password yet
    new: NewLink | None = None
    trail_href: str = ""
    problems: tuple[Problem, ...] = ()


class SettingsLine(Struct, frozen=True):
    title: str
    text: str
    href: str
    icon: str


class SettingsSection(Struct, frozen=True):
    title: str
    lines: tuple[SettingsLine, ...]


class SettingsPage(Struct, frozen=True):
    lead: str
    sections: tuple[SettingsSection, ...]
    hides_steps: bool = False  # the list of first steps can be had back
