"""An organization's members with what their roles may do; inviting, changing and removing them."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Crumb, Message, Person, Pill, Problem, When


@dataclass(frozen=True, slots=True)
class MemberLine:
    id: int  # of the person
    person: Person
    email: str
    role: str
    since: When
    since_day: str
    expires: When | None = None
    pill: Pill | None = None  # "You", "Ends in 9 days", "Ended", "Invited"
    href: str = ""  # where it is changed; empty for those who only read


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """``may`` is what the role may do."""

    id: str
    name: str
    count: str  # "2 members"
    may: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class RoleChoice:
    value: str
    label: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class MemberForm:
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


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that sets a password. It exists in this one answer and nowhere else."""

    address: str
    name: str
    email: str
    lasts: str
    mailed: str  # whether it went by mail as well

    def __repr__(self) -> str:
        return f"NewLink({self.name!r})"  # never the address: a repr ends up in logs


@dataclass(frozen=True, slots=True)
class MembersPage:
    lead: str
    members: tuple[MemberLine, ...]
    roles: tuple[RoleEntry, ...]
    form: MemberForm | None = None
    no_form: str = ""
    eyes: Message | None = None  # whether somebody else could review what one of them writes
    new: NewLink | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberPage:
    pk: int
    line: MemberLine
    crumbs: tuple[Crumb, ...]
    form: MemberForm | None = None
    no_form: str = ""  # why nothing can be changed here
    can_link: bool = False  # has set no password yet
    new: NewLink | None = None
    trail_href: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsLine:
    title: str
    text: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class SettingsSection:
    title: str
    lines: tuple[SettingsLine, ...]


@dataclass(frozen=True, slots=True)
class SettingsPage:
    lead: str
    sections: tuple[SettingsSection, ...]
    hides_steps: bool = False  # the list of first steps can be had back
