"""What a person chooses for themselves, and how pages keep to it: language, time zone, shortcuts."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from audits.models import Entry
from profiles.access import Role
from profiles.actions.holds import place_hold
from profiles.actions.members import add_member
from profiles.actions.preferences import change_preferences
from profiles.errors import Forbidden
from profiles.models import PublishedProfile, User
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.web.pages import dates
from profiles.web.presenters.parts import When

pytestmark = pytest.mark.django_db

HOSTILE = '"><script>alert(1)</script>'
CHOICE = {"name": "Editor of Acme", "language": "", "time_zone": "UTC", "single_keys": "on"}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def editor(client: Client, acme: Cast) -> Client:
    client.force_login(acme.users["editor"])
    return client


def choose(client: Client, **other: str) -> Any:
    return client.post("/account/", CHOICE | other)


def shown(client: Client, address: str = "/", **headers: str) -> str:
    return client.get(address, headers=headers).content.decode()


# The form


def test_a_choice_is_kept_and_on_record(editor: Client, acme: Cast) -> None:
    assert choose(editor, name="Jana", language="de", time_zone="Europe/Berlin")["Location"] == "/account/"
    user = User.objects.get(pk=acme.users["editor"].pk)
    assert (user.name, user.language, user.time_zone, user.single_keys) == ("Jana", "de", "Europe/Berlin", True)
    entry = Entry.objects.get(kind="person.preferences.changed")
    assert (entry.organization, entry.target, entry.outcome) == ("acme", f"account {user.pk}", "done")
    assert '"time_zone":"Europe/Berlin"' in bytes(entry.leaf).decode()


def test_the_same_again_is_no_entry(editor: Client) -> None:
    choose(editor)
    assert not Entry.objects.filter(kind="person.preferences.changed").exists()


def test_every_organization_of_the_person_has_it_on_record(editor: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    add_member(rival.organization, user=acme.users["editor"], role=Role.EDITOR, by=SYSTEM, now=timezone.now())
    choose(editor, time_zone="Asia/Tokyo")
    changed = Entry.objects.filter(kind="person.preferences.changed")
    assert {entry.organization for entry in changed} == {"acme", "rival"}


def test_a_steward_chooses_too(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["steward"])
    choose(client, name="Steward", language="de")
    assert Entry.objects.get(kind="person.preferences.changed").organization == ""


@pytest.mark.parametrize("typed", ["europe/berlin", "Europe/Berlin", " EUROPE/berlin "])
def test_a_zone_may_be_typed_as_people_type(editor: Client, acme: Cast, typed: str) -> None:
    choose(editor, time_zone=typed)
    assert User.objects.get(pk=acme.users["editor"].pk).time_zone == "Europe/Berlin"
    choose(editor, time_zone="america/new york")
    assert User.objects.get(pk=acme.users["editor"].pk).time_zone == "America/New_York"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("time_zone", "Mars/Olympus", "There is no such time zone."),
        ("time_zone", "../../etc/passwd", "There is no such time zone."),
        ("time_zone", HOSTILE, "There is no such time zone."),
        ("language", "tlh", "Choose one of the languages"),
        ("name", "", "Please fill this in."),
        ("name", "x" * 200, "Use at most 120 characters"),
        ("name", "a\u202eb", "Take out the control characters"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_lost(
    editor: Client, acme: Cast, field: str, value: str, sentence: str
) -> None:
    response = choose(editor, **({"name": "Typed name", field: value}))
    found = response.content.decode()
    assert response.status_code == 422
    assert f'<a href="#{field}">{sentence}' in found
    assert HOSTILE not in found
    if field != "name":
        assert 'value="Typed name"' in found
    assert User.objects.get(pk=acme.users["editor"].pk).time_zone == "UTC"


def test_nobody_chooses_for_somebody_else(acme: Cast) -> None:
    with pytest.raises(Forbidden):
        change_preferences(
            acme.users["editor"], name="X", language="de", time_zone="UTC", single_keys=True,
            by=acme.actor("administrator"), now=timezone.now(),
        )  # fmt: skip
    assert Entry.objects.get(kind="person.preferences.changed").outcome == "refused"
    assert acme.users["editor"].email not in bytes(Entry.objects.latest("pk").leaf).decode()


def test_shortcuts_of_one_key_can_be_turned_off(editor: Client) -> None:
    assert 'aria-labelledby="keys-title" data-single>' in shown(editor)
    editor.post("/account/", {name: value for name, value in CHOICE.items() if name != "single_keys"})
    assert 'aria-labelledby="keys-title">' in shown(editor)


# Language


def test_a_chosen_language_holds_whatever_the_browser_asks(editor: Client) -> None:
    assert '<html lang="en"' in shown(editor)
    response = editor.post("/account/", CHOICE | {"language": "de"}, follow=True)
    found = response.content.decode()
    assert '<html lang="de"' in found
    assert "Gespeichert." in found
    assert response["Content-Language"] == "de"
    assert '<html lang="de"' in shown(editor, **{"Accept-Language": "en"})
    choose(editor, language="en")
    assert '<html lang="en"' in shown(editor, **{"Accept-Language": "de"})


def test_without_a_choice_the_browser_is_asked(editor: Client) -> None:
    response = editor.get("/reviews/", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in response.content.decode()
    assert "Accept-Language" in response["Vary"]
    assert '<html lang="en"' in shown(editor, "/reviews/", **{"Accept-Language": "fr"})


def test_a_stranger_chooses_at_the_foot_of_the_sign_in_page(client: Client) -> None:
    assert 'value="de" lang="de"' in shown(client, "/sign-in/")
    response = client.post("/language/", {"language": "de", "next": "/sign-in/?next=/trail/"})
    assert response["Location"] == "/sign-in/?next=/trail/"
    cookie = response.cookies["language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("de", True, "Lax")
    assert '<html lang="de"' in shown(client, "/sign-in/")
    client.post("/language/", {"language": "en"})
    assert '<html lang="en"' in shown(client, "/sign-in/", **{"Accept-Language": "de"})


@pytest.mark.parametrize("language", [HOSTILE, "xx", "", "../../x"])
def test_a_language_that_does_not_exist_is_not_remembered(client: Client, language: str) -> None:
    response = client.post("/language/", {"language": language, "next": "//evil.example/"})
    assert "language" not in response.cookies
    assert response["Location"] == "/"


def test_errors_speak_the_language_too(editor: Client) -> None:
    choose(editor, language="de")
    assert "Hier ist nichts" in shown(editor, "/products/none/")
    assert "Hier ist nichts" in shown(Client(), "/no-such-page/", **{"Accept-Language": "de"})


def test_programs_get_english(acme: Cast) -> None:
    response = Client().get("/api/v1/profile", headers={"Accept-Language": "de"})
    assert "Send your key as" in response.json()["error"]["message"]
    assert "Accept-Language" not in response.get("Vary", "")


def test_one_answer_does_not_leave_its_language_to_the_next(editor: Client) -> None:
    choose(editor, language="de", time_zone="Asia/Tokyo")
    shown(editor)
    assert translation.get_language() == "en"
    assert timezone.get_current_timezone_name() == "UTC"


# Time


WINTER = datetime(2026, 11, 23, 13, 32, 8, tzinfo=UTC)
SUMMER = datetime(2026, 7, 3, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "english", "german"),
    [
        ("UTC", WINTER, "23 Nov 2026, 13:32 UTC", "23. Nov. 2026, 13:32 UTC"),
        ("Europe/Berlin", WINTER, "23 Nov 2026, 14:32 CET", "23. Nov. 2026, 14:32 MEZ"),
        ("Europe/Berlin", SUMMER, "4 Jul 2026, 00:30 CEST", "4. Juli 2026, 00:30 MESZ"),
        ("America/Sao_Paulo", WINTER, "23 Nov 2026, 10:32 UTC−03", "23. Nov. 2026, 10:32 UTC−03"),
        ("Asia/Kolkata", WINTER, "23 Nov 2026, 19:02 IST", "23. Nov. 2026, 19:02 IST"),
    ],
)
def test_a_moment_in_the_zone_and_the_language_of_its_reader(
    zone: str, moment: datetime, english: str, german: str
) -> None:
    with timezone.override(ZoneInfo(zone)):
        assert When.of(moment).shown == english
        with translation.override("de"):
            assert When.of(moment).shown == german
        assert When.of(moment).iso == moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_how_long_ago_in_german() -> None:
    now = WINTER
    with translation.override("de"):
        assert When.of(now - timedelta(days=2), now).ago == "vor 2 Tagen"
        assert When.of(now - timedelta(days=1), now).ago == "vor 1 Tag"
        assert When.of(now - timedelta(minutes=5), now).ago == "vor 5 Minuten"
        assert When.of(now, now).ago == "gerade eben"


@pytest.mark.parametrize(
    ("zone", "day", "ends"),
    [
        ("UTC", date(2027, 3, 1), "2027-03-01T23:59:59+00:00"),
        ("Europe/Berlin", date(2027, 3, 1), "2027-03-01T22:59:59+00:00"),
        ("Europe/Berlin", date(2027, 3, 28), "2027-03-28T21:59:59+00:00"),  # clocks went forward that night
        ("Pacific/Auckland", date(2027, 3, 1), "2027-03-01T10:59:59+00:00"),
        # Clocks go back at midnight: the last second of the day comes twice, and the later one is meant.
        ("America/Havana", date(2026, 10, 31), "2026-11-01T03:59:59+00:00"),
    ],
)
def test_a_day_ends_in_the_zone_of_whoever_typed_it(zone: str, day: date, ends: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        end = dates.read_day(day.isoformat(), "expires_at")
        assert end.astimezone(UTC).isoformat() == ends
        assert When.of(end).shown.startswith(When.of(end).shown[:2])
        assert timezone.localtime(end).date() == day


def test_the_trail_shows_and_reads_days_of_the_readers_zone(editor: Client, acme: Cast) -> None:
    choose(editor, time_zone="Pacific/Kiritimati")  # 14 hours ahead of UTC: already tomorrow there for most of the day
    found = shown(editor, "/trail/")
    assert "Pacific/Kiritimati" in found
    entry = Entry.objects.filter(organization="acme").latest("pk")
    there = entry.at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert f">{there:%H:%M:%S}</time>" in found
    page = editor.get("/trail/", {"since": there.date().isoformat(), "kind": entry.kind}).context["page"]
    assert entry.pk in [row.id for day in page.days for row in day.entries]
    later = editor.get("/trail/", {"since": (there.date() + timedelta(days=1)).isoformat()}).context["page"]
    assert later.days == ()
    assert f"{entry.at:%H:%M:%S} UTC" in shown(editor, f"/trail/{entry.pk}/")


def test_what_the_program_records_by_itself_is_english_whoever_acted(acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    with translation.override("de"):
        place_hold(
            acme.organization, behavior="tone.profanity", ceiling="off", reason="Grund.", by=acme.actor("compliance"),
            now=timezone.now(),
        )  # fmt: skip
    entry = Entry.objects.filter(kind="profile.republished").latest("pk")
    assert "A hold was placed on tone.profanity." in bytes(entry.leaf).decode()


def test_a_published_profile_is_the_same_in_every_language(acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    with translation.override("de"), timezone.override(ZoneInfo("Asia/Tokyo")):
        some.activate(acme, version, environment="staging")
    rows = PublishedProfile.objects.filter(product=acme.product)
    found = [json.loads(bytes(row.body)) for row in rows if row.environment.slug in ("staging", "production")]
    assert {body["environment"] for body in found} == {"staging", "production"}
    differing = {"environment", "activated_at", "digest"}
    assert len({json.dumps({k: v for k, v in body.items() if k not in differing}) for body in found}) == 1
