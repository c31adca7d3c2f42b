"""Suites of an organization: begun, edited probe by probe, published as the next number.

An edit says which revision its writer had seen. It is stale only if somebody else changed the same probe since, so
several people can write one suite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from audits.checks.grading import misgraded
from audits.checks.probes import MalformedSuite, codec, decode_probe, fields
from audits.checks.probes.exchange import is_storable
from audits.checks.probes.exchange.draft import MAX_PROBE, Draft, slug
from audits.log.disclosures import personal
from audits.models import DraftProbe, Suite, SuiteDraft
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import Subject, action, note, subject
from profiles.actions.suites import RefusedSuite, decoded, publish_suite
from profiles.actions.text import clean_text, need_slug, once
from profiles.errors import InvalidInput, NotFound, StaleDraft, WrongState
from profiles.models import Organization

MOST_TITLE: Final = 200
MOST_NOTE: Final = 4_000
MOST_DRAFTS: Final = 200  # of an organization


@subject.register
def _of_draft(thing: SuiteDraft) -> Subject:
    return Subject(thing.organization.slug, target=f"draft of suite {thing.slug}")


@dataclass(frozen=True, slots=True)
class Written:
    """A probe as somebody wrote it.

    Args:
        body: as a suite's document has it; may lack anything.
        question: what a judge is asked, in words, where ``body["grade"]["judge"]`` is there.
    """

    body: Mapping[str, Any]
    question: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a probe cannot be published: what is wrong with a field, or how an example is graded."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Probes for a draft, and what is told of where they are from."""

    found: Draft = field(default_factory=Draft)
    source: str = ""  # a file, a document, a suite


@action(Kind.SUITE_STARTED)
def start_suite(
    organization: Organization,
    *,
    slug: str,
    title: str,
    by: Actor,
    now: datetime,
    taken: Taken | None = None,
    goes_on_from: Suite | None = None,
) -> SuiteDraft:
    """Begin a suite of the organization, or go on with one that was published without a draft.

    Args:
        taken: what it holds at first.
        goes_on_from: the newest number of an own suite, whose name the draft then has.

    Raises:
        InvalidInput: the name is none or taken, the title is missing, or it would be more than a suite holds.
        WrongState: there are as many drafts as there may be.
    """
    by.require(Permission.EDIT_SUITE)
    Organization.objects.select_for_update().get(pk=organization.pk)
    if organization.suite_drafts.count() >= MOST_DRAFTS:
        raise WrongState(_("There are %(most)d drafts of suites. Discard one first.") % {"most": MOST_DRAFTS})
    name = goes_on_from.slug if goes_on_from else slug.strip()
    if goes_on_from and goes_on_from.organization_id != organization.pk:
        raise NotFound(_("There is nothing here, or it is not yours to see."))
    _need_name(organization, name, goes_on=goes_on_from is not None)
    taken = taken or Taken()
    draft = SuiteDraft(
        organization=organization,
        slug=name,
        title=clean_text(title, field="title", most=MOST_TITLE, required=True),
        note=clean_text(taken.found.about, field="note", most=MOST_NOTE),
        published=goes_on_from,
        head_by=by.name,
        head_by_id=by.id,
        started_at=now,
        started_by=by.name,
        updated_at=now,
    )
    with once(name, "slug"):
        draft.save()
    count = _take(draft, taken, by, now)
    data = {"probes": count, "source": personal(taken.source)} if taken.source else {}
    note(Kind.SUITE_STARTED, draft, by=by, now=now, after={"title": draft.title}, data=data)
    return draft


def _need_name(organization: Organization, name: str, *, goes_on: bool) -> None:
    if not fields.is_name(name):
        message = _("Begin it with a letter.")
        raise InvalidInput(message, fields={"slug": [message]})
    drafts = organization.suite_drafts.filter(slug=name).exists()
    published = Suite.objects.filter(slug=name, organization__in=[organization]).exists()
    shipped = Suite.objects.filter(slug=name, organization=None).exists()
    need_slug(name, taken=drafts or (not goes_on and (published or shipped)))


@action(Kind.SUITE_EDITED)
def edit_suite(draft: SuiteDraft, *, title: str, note_text: str, seen: int, by: Actor, now: datetime) -> SuiteDraft:
    """Change what a suite is called and what is said of it.

    Raises:
        StaleDraft: somebody else changed either since ``seen``.
    """
    by.require(Permission.EDIT_SUITE)
    draft = _locked(draft)
    title = clean_text(title, field="title", most=MOST_TITLE, required=True)
    text = clean_text(note_text, field="note", most=MOST_NOTE)
    before = {"title": draft.title, "note": draft.note}
    after = {"title": title, "note": text}
    if before == after:
        return draft
    if draft.head_revision > seen and draft.head_by_id != by.id:
        message = _("%(name)s changed this meanwhile. Choose which value stays.") % {"name": draft.head_by}
        raise StaleDraft(message, fields={"title": [message]}, detail={**before, "revision": draft.revision})
    draft.title, draft.note = title, text
    draft.head_revision, draft.head_by, draft.head_by_id = draft.revision + 1, by.name, by.id
    _step(draft, now)
    said = [{**each, "note": personal(each["note"])} for each in (before, after)]
    note(Kind.SUITE_EDITED, draft, by=by, now=now, before=said[0], after=said[1], data={"revision": draft.revision})
    return draft


@action(Kind.SUITE_EDITED)
def write_probe(
    draft: SuiteDraft, *, probe: DraftProbe | None, written: Written, seen: int, by: Actor, now: datetime
) -> DraftProbe:
    """Put a probe into a draft, or write one anew. It may be unfinished; what cannot be stored is refused.

    Args:
        probe: the one that is written anew; None adds one.
        seen: the draft's revision that the writer looked at.

    Raises:
        StaleDraft: somebody else wrote this probe since, or took it out; ``detail`` says who and when.
        InvalidInput: it has no name, one that another probe has, characters that cannot be kept, or is too large.
    """
    by.require(Permission.EDIT_SUITE)
    draft = _locked(draft)
    row = _fresh(draft, probe, written, seen, by) if probe else None
    name, body = _named(draft, written, row)
    size = _need_room(draft, body, row)
    before = digest_of(row.body) if row else ""
    row = row or DraftProbe(draft=draft, position=_next(draft))
    row.name, row.body, row.size = name, body, size
    row.faults = len(faults(name, body, draft.questions))
    row.revision, row.changed_by, row.changed_by_id, row.changed_at = draft.revision + 1, by.name, by.id, now
    row.save()
    _step(draft, now)
    data = {"probe": name, "digest": digest_of(body), "revision": draft.revision}
    note(Kind.SUITE_EDITED, draft, by=by, now=now, data={**data, **({"was": before} if before else {})})
    return row


@action(Kind.SUITE_EDITED)
def remove_probe(draft: SuiteDraft, *, probe: DraftProbe, seen: int, by: Actor, now: datetime) -> SuiteDraft:
    """Take a probe out of a draft. Numbers that are published keep it.

    Raises:
        StaleDraft: somebody else wrote it since, or took it out.
    """
    by.require(Permission.EDIT_SUITE)
    draft = _locked(draft)
    row = _fresh(draft, probe, None, seen, by)
    name, was = row.name, digest_of(row.body)
    row.delete()
    _step(draft, now)
    data = {"probe": name, "was": was, "removed": True, "revision": draft.revision}
    note(Kind.SUITE_EDITED, draft, by=by, now=now, data=data)
    return draft


@action(Kind.SUITE_EDITED)
def take_probes(draft: SuiteDraft, *, taken: Taken, by: Actor, now: datetime) -> int:
    """Add probes of a file, a document or another suite behind those that are there; returns how many.

    Raises:
        InvalidInput: there are none, or it would be more than a suite holds.
    """
    by.require(Permission.EDIT_SUITE)
    draft = _locked(draft)
    if not taken.found.probes and not taken.found.remarks:
        raise InvalidInput(_("There is no probe in this."))
    count = _take(draft, taken, by, now)
    note(Kind.SUITE_EDITED, draft, by=by, now=now, data={"probes": count, "source": personal(taken.source)})
    return count


@action(Kind.SUITE_PUBLISHED)
def publish_draft(draft: SuiteDraft, *, seen: int, by: Actor, now: datetime) -> Suite:
    """Publish a draft as its suite's next number, which nothing changes afterwards. The draft stays.

    Raises:
        RefusedSuite: ``fields`` names each probe with what is wrong, failing examples word for word.
        StaleDraft: the draft was edited since ``seen``: nobody publishes what they did not look at.
        WrongState: it is what the newest number is already.
    """
    by.require(Permission.RUN_CHECK)
    draft = _locked(draft)
    if draft.revision != seen:
        raise StaleDraft(_("Somebody edited this suite meanwhile. Look at it again before you publish it."))
    newest = newest_of(draft)
    document = document_of(draft, newest.number if newest else 1)
    if newest and decoded(document).digest == newest.digest:
        raise WrongState(_("Number %(number)d says the same already.") % {"number": newest.number})
    suite = decoded({**document, "number": newest.number + 1 if newest else 1})
    row, _is_new = publish_suite(draft.organization, suite=suite, by=by, now=now)
    draft.published, draft.report, draft.report_of = row, [], ""
    draft.save(update_fields=["published", "report", "report_of"])
    return row


@action(Kind.SUITE_DISCARDED)
def discard_suite(draft: SuiteDraft, *, seen: int, by: Actor, now: datetime) -> None:
    """Give a draft up. What was published of it stays.

    Raises:
        StaleDraft: it was edited since ``seen``: nobody's work must vanish unread.
    """
    by.require(Permission.EDIT_SUITE)
    draft = _locked(draft)
    if draft.revision != seen:
        raise StaleDraft(_("Somebody edited this suite meanwhile. Look at it again before you discard it."))
    probes = draft.probes.count()
    note(Kind.SUITE_DISCARDED, draft, by=by, now=now, before={"title": draft.title, "probes": probes})
    draft.delete()


# What is asked of a draft


def newest_of(draft: SuiteDraft) -> Suite | None:
    """The newest number that is published under the draft's name."""
    return Suite.objects.filter(organization=draft.organization_id, slug=draft.slug).order_by("-number").first()


def document_of(draft: SuiteDraft, number: int) -> dict[str, Any]:
    """A draft as a suite's document, with those questions alone that a probe asks."""
    rows = list(draft.probes.all())
    asked = {str(_judge(row.body).get("question")) for row in rows}
    return {
        "schema": codec.SCHEMA,
        "name": draft.slug,
        "number": number,
        "title": draft.title,
        **({"note": draft.note} if draft.note else {}),
        "questions": {name: text for name, text in draft.questions.items() if name in asked},
        "probes": [{"id": row.name, **row.body} for row in rows],
        "untestable": draft.untestable,
    }


def faults(name: str, body: Mapping[str, Any], questions: Mapping[str, str]) -> list[Fault]:
    """What stands in the way of publishing a probe: first its form, then its examples."""
    try:
        probe = decode_probe({"id": name, **body}, questions)
    except MalformedSuite as error:
        return [Fault(each.path, each.message) for each in error.problems]
    return [Fault("examples", str(each)) for each in misgraded(probe)]


def digest_of(body: Mapping[str, Any]) -> str:
    return codec.digest(body)


# Pieces


def _locked(draft: SuiteDraft) -> SuiteDraft:
    found = (
        SuiteDraft.objects.select_for_update(of=("self",)).select_related("organization").filter(pk=draft.pk).first()
    )
    if found is None:
        raise NotFound(_("This draft was discarded meanwhile."))
    return found


def _step(draft: SuiteDraft, now: datetime) -> None:
    draft.revision += 1
    draft.updated_at = now
    draft.save()


def _next(draft: SuiteDraft) -> int:
    return (draft.probes.aggregate(last=Max("position"))["last"] or 0) + 1


def _fresh(draft: SuiteDraft, probe: DraftProbe, written: Written | None, seen: int, by: Actor) -> DraftProbe:
    row: DraftProbe | None = draft.probes.filter(pk=probe.pk).first()
    if row is None:
        raise StaleDraft(_("Somebody took this probe out meanwhile. Save it as a new one, if it should stay."))
    same = written is not None and {"id": row.name, **row.body} == written.body
    if row.revision > seen and row.changed_by_id != by.id and not same:
        message = _("%(name)s changed this meanwhile. Choose which value stays.") % {"name": row.changed_by}
        detail = {"by": row.changed_by, "at": row.changed_at.isoformat(), "revision": draft.revision}
        raise StaleDraft(message, detail=detail)
    return row


def _named(draft: SuiteDraft, written: Written, row: DraftProbe | None) -> tuple[str, dict[str, Any]]:
    """The probe's name, and the rest of it with its question by id."""
    body = {name: value for name, value in written.body.items() if name != "id"}
    name = str(written.body.get("id", "")).strip()
    if not fields.is_name(name):
        message = _("Use lower-case letters, digits, - and _, and begin with a letter; at most 80.")
        raise InvalidInput(message, fields={"id": [message]})
    if draft.probes.filter(name=name).exclude(pk=row.pk if row else 0).exists():
        message = _("Another probe of this suite is called %(name)s.") % {"name": name}
        raise InvalidInput(message, fields={"id": [message]})
    if not is_storable(body) or not is_storable(written.question):
        raise InvalidInput(_("Take out the control characters: they cannot be shown, so nobody could review them."))
    judge = _judge(body)
    if judge and written.question:
        body["grade"] = {**body["grade"], "judge": {**judge, "question": _asked(draft, written.question)}}
    return name, body


def _judge(body: Mapping[str, Any]) -> dict[str, Any]:
    grade = body.get("grade")
    judge = grade.get("judge") if isinstance(grade, dict) else None
    return judge if isinstance(judge, dict) else {}


def _asked(draft: SuiteDraft, question: str) -> str:
    """The id of a question, which becomes one of the suite's if it is new."""
    known = next((name for name, text in draft.questions.items() if text == question), "")
    if known:
        return known
    wanted = slug(question)[:40].strip("-_") or "question"
    name = next(each for each in (wanted, *(f"{wanted}-{n}" for n in range(2, 10_000))) if each not in draft.questions)
    draft.questions = {**draft.questions, name: question}
    return name


def _need_room(draft: SuiteDraft, body: Mapping[str, Any], row: DraftProbe | None) -> int:
    size = len(json.dumps(body, ensure_ascii=False).encode())
    others = draft.probes.exclude(pk=row.pk if row else 0)
    if size > MAX_PROBE:
        raise InvalidInput(
            _("This probe has %(size)d bytes; at most %(most)d are kept.") % {"size": size, "most": MAX_PROBE}
        )
    if row is None and others.count() >= fields.MAX_PROBES:
        raise InvalidInput(_("A suite has at most %(most)d probes.") % {"most": fields.MAX_PROBES})
    if (others.aggregate(all=Sum("size"))["all"] or 0) + size > fields.MAX_BYTES:
        raise InvalidInput(_("A suite has at most %(most)d bytes. Begin another one.") % {"most": fields.MAX_BYTES})
    return size


def _take(draft: SuiteDraft, taken: Taken, by: Actor, now: datetime) -> int:
    """Store what was found behind what is there; returns how many probes that are."""
    found = taken.found
    questions = _questions_of(draft, found)
    names = set(draft.probes.values_list("name", flat=True))
    position, rows = _next(draft), []
    for at, probe in enumerate(found.probes):
        body = _asking({key: value for key, value in probe.items() if key != "id"}, questions)
        name = _free(str(probe["id"]), names)
        size = len(json.dumps(body, ensure_ascii=False).encode())
        rows.append(
            DraftProbe(
                draft=draft, position=position + at, name=name, body=body, size=size,
                faults=len(faults(name, body, draft.questions)),
                revision=draft.revision + 1, changed_by=by.name, changed_by_id=by.id, changed_at=now,
            )
        )  # fmt: skip
    _need_fitting(draft, rows)
    DraftProbe.objects.bulk_create(rows)
    known = {each["behavior"] for each in draft.untestable}
    draft.untestable = [*draft.untestable, *(each for each in found.untestable if each["behavior"] not in known)]
    if taken.source:
        draft.report = [[each.path, each.sentence] for each in found.remarks]
        if found.unsaid:
            draft.report.append(["", f"{found.unsaid:,} more remarks are not listed."])
        draft.report_of = taken.source[:200]
    _step(draft, now)
    return len(rows)


def _need_fitting(draft: SuiteDraft, rows: list[DraftProbe]) -> None:
    if draft.probes.count() + len(rows) > fields.MAX_PROBES:
        raise InvalidInput(_("A suite has at most %(most)d probes.") % {"most": fields.MAX_PROBES})
    size = (draft.probes.aggregate(all=Sum("size"))["all"] or 0) + sum(row.size for row in rows)
    if size > fields.MAX_BYTES:
        raise InvalidInput(_("A suite has at most %(most)d bytes. Begin another one.") % {"most": fields.MAX_BYTES})


def _questions_of(draft: SuiteDraft, found: Draft) -> dict[str, str]:
    """Under which id each question of what was found stands in the draft, which may ask another one under its own."""
    renamed = {}
    for name, text in found.questions.items():
        if draft.questions.get(name, text) == text:
            draft.questions = {**draft.questions, name: text}
            renamed[name] = name
        else:
            renamed[name] = _asked(draft, text)
    return renamed


def _asking(body: dict[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    judge = _judge(body)
    name = judge.get("question")
    if not isinstance(name, str) or renamed.get(name, name) == name:
        return body
    return {**body, "grade": {**body["grade"], "judge": {**judge, "question": renamed[name]}}}


def _free(wanted: str, taken: set[str]) -> str:
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted[:70]}-{number}"
    taken.add(found)
    return found


def copied(suite: Mapping[str, Any], only: Iterable[str] | None = None) -> Draft:
    """Probes of a published suite's document for a draft.

    Args:
        only: the ids of those that are wanted; all without it.
    """
    wanted = None if only is None else set(only)
    draft = Draft(about=str(suite.get("note", "")) if wanted is None else "")
    draft.questions = dict(suite["questions"])
    draft.probes = [dict(probe) for probe in suite["probes"] if wanted is None or probe["id"] in wanted]
    draft.untestable = list(suite["untestable"]) if wanted is None else []
    return draft


__all__ = [
    "Fault",
    "RefusedSuite",
    "Taken",
    "Written",
    "copied",
    "discard_suite",
    "document_of",
    "edit_suite",
    "faults",
    "newest_of",
    "publish_draft",
    "remove_probe",
    "start_suite",
    "take_probes",
    "write_probe",
]
