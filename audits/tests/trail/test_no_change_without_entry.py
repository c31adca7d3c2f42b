"""The database itself refuses a change that nobody recorded, whoever writes and by whatever way."""

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audits.models import Entry
from audits.trail.kinds import Kind
from audits.trail.record import record
from config.tests import support
from profiles.actions.api_keys import create_api_key
from profiles.actions.webhooks import create_webhook
from profiles.models import ApiKey, Product, User, Webhook
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

# Tables that hold no decision of anybody: copies of entries, tries, what the program remembers about its own work, and
# what the append-only triggers of their own tables guard.
FREE = {
    *("profiles_notice", "profiles_letter", "profiles_delivery", "profiles_attempt"),  # told from entries
    *("profiles_reminder", "profiles_servingchange", "profiles_receipt", "profiles_storedanswer"),
    *("audits_check", "audits_recheck", "audits_recheckchunk", "audits_recheckresult", "audits_untold", "audits_tally"),
    *("audits_entry", "audits_disclosure", "audits_actorname", "audits_unplaced", "audits_leaf", "audits_tile"),
    *("audits_log", "audits_checkpoint", "audits_timestamp", "audits_cosignature", "audits_cosigner", "audits_halt"),
    *("audits_verification", "audits_checkpointletter", "audits_batch"),
    *("audits_checkresult", "audits_foretold"),  # measurements, and what was told
    "audits_trial",  # ends once; the entry of its run has the digest of all
    *("audits_occasion", "audits_look"),  # a run that begins or does not, and a drift, are entries
    "audits_savedsearch",  # a preference, until it is shared
}


@pytest.fixture
def acme(transactional_db: None) -> Cast:
    return some.make_cast("acme")


def dsn() -> str:
    return support.dsn(connection)


def test_raw_sql_is_refused_when_it_commits(acme: Cast) -> None:
    for statement in (
        "UPDATE profiles_product SET name = 'Other'",
        "DELETE FROM profiles_member",
        "INSERT INTO profiles_organization (slug, name, settings, windows, created_at)"
        " VALUES ('new', 'New', '{}', '{}', now())",
        "UPDATE profiles_user SET is_steward = true",
    ):
        with psycopg.connect(dsn()) as own:
            own.execute(statement)  # what is refused is the commit
            with pytest.raises(psycopg.errors.IntegrityError, match="without an entry"):
                own.commit()
    assert Product.objects.get().name == "Helper"


def test_claiming_to_be_a_replica_does_not_help(acme: Cast) -> None:
    with psycopg.connect(dsn()) as own:
        own.execute("SET session_replication_role = replica")
        own.execute("UPDATE profiles_product SET name = 'Other'")
        with pytest.raises(psycopg.errors.IntegrityError):
            own.commit()


def test_a_bulk_update_and_a_forgotten_call_are_refused(acme: Cast) -> None:
    with pytest.raises(IntegrityError, match="without an entry"):
        Product.objects.update(name="Other")
    product = Product.objects.get()
    product.name = "Other"
    with pytest.raises(IntegrityError):
        product.save()


def test_an_entry_of_another_transaction_does_not_count(acme: Cast) -> None:
    with transaction.atomic():
        record(Kind.PRODUCT_DESCRIBED, who=SYSTEM, at=timezone.now(), organization="acme")
    with pytest.raises(IntegrityError):
        Product.objects.update(name="Other")


@transaction.atomic
def change_and_undo_the_entry() -> None:
    Product.objects.update(name="Other")
    with transaction.atomic():
        record(Kind.PRODUCT_DESCRIBED, who=SYSTEM, at=timezone.now(), organization="acme")
        transaction.set_rollback(True)


def test_an_entry_that_was_undone_does_not_count(acme: Cast) -> None:
    with pytest.raises(IntegrityError):
        change_and_undo_the_entry()


def test_with_an_entry_before_or_after_it_is_taken(acme: Cast) -> None:
    for first in (True, False):
        with transaction.atomic():
            if first:
                record(Kind.PRODUCT_DESCRIBED, who=SYSTEM, at=timezone.now(), organization="acme")
            Product.objects.update(name=f"Other {first}")
            if not first:
                record(Kind.PRODUCT_DESCRIBED, who=SYSTEM, at=timezone.now(), organization="acme")
    assert Product.objects.get().name == "Other False"
    assert Entry.objects.filter(kind="product.described").count() == 2


def test_what_is_nobodys_act_needs_none(acme: Cast) -> None:
    by, now = acme.actor("administrator"), timezone.now()
    create_api_key(acme.organization, name="script", scopes=["read"], by=by, now=now)
    create_webhook(acme.organization, url="https://hooks.example.com/", chosen=["hold.placed"], by=by, now=now)
    before = Entry.objects.count()
    assert User.objects.update(last_login=now) == len(acme.users)
    assert ApiKey.objects.update(refusal_noted_at=now) == 1
    assert Webhook.objects.update(failing_since=now) == 1
    assert Entry.objects.count() == before


def test_of_every_table_it_is_settled_whether_it_needs_entries(db: None) -> None:
    models = [*apps.get_app_config("profiles").get_models(), *apps.get_app_config("audits").get_models()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'need_entry' AND tgenabled = 'A'")
        guarded = {name for (name,) in cursor.fetchall()}
    tables = {model._meta.db_table for model in models}
    assert guarded | FREE == tables
    assert not guarded & FREE
