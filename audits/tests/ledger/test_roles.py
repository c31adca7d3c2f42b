"""As the role that the program runs as: it can do its work, and it cannot change what happened."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from audits.ledger import roles, sequence
from audits.models import Entry
from config import supervisor
from config.tests import support
from profiles.tests import cast as some

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = [
    "UPDATE audits_entry SET leaf = leaf",
    "DELETE FROM audits_entry",
    "TRUNCATE audits_entry",
    "TRUNCATE profiles_version CASCADE",
    "DROP TABLE audits_entry CASCADE",
    "ALTER TABLE audits_entry DISABLE TRIGGER ALL",
    "DROP TRIGGER append_only_rows ON audits_entry",
    "ALTER TABLE audits_entry ADD COLUMN x int",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "SET ROLE brightline_owner",
    "CREATE TABLE mine (id int)",
    "UPDATE audits_leaf SET index = 0",
    "DELETE FROM audits_checkpoint",
    "UPDATE audits_checkpoint SET note = note",
    "DELETE FROM audits_tile",
    "UPDATE audits_tile SET level = 1",
    "UPDATE audits_log SET origin = 'x'",
    "DELETE FROM audits_disclosure",
    "UPDATE audits_disclosure SET digest = 'x'",
    'INSERT INTO audits_pruning (log_id, start, "end", months, at, entry_id) VALUES (1, 0, 256, 6, now(), 1)',
    "DELETE FROM audits_pruning",
    "UPDATE audits_log SET minimum = 256",
    "DELETE FROM audits_legalhold",
    "DELETE FROM audits_retention",
    "UPDATE profiles_version SET note = 'x'",
    "UPDATE profiles_rulebookrevision SET title = 'x'",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
]
BY_TRIGGER = [  # granted, since the program needs a part of it, and refused all the same
    "UPDATE audits_tile SET hashes = '\\x00'",
    "UPDATE audits_log SET size = 0",
    "UPDATE audits_disclosure SET text = 'other'",
    "UPDATE profiles_rulebookrevision SET id = id + 1",
    "UPDATE profiles_product SET name = 'x'",
]


@pytest.fixture
def program() -> Iterator[psycopg.Connection]:
    made = some.make_cast("acme")
    some.set_values(made, safety__danger_caveats="off")
    some.submit(made)
    sequence.place(now=timezone.now())
    roles.settle()
    roles.settle()  # again, as after every migration
    dsn = psycopg.conninfo.make_conninfo(support.dsn(connection), user=roles.PROGRAM)
    with psycopg.connect(dsn, autocommit=True) as own:
        yield own


def test_it_writes_and_reads_entries_and_gives_them_places(program: psycopg.Connection) -> None:
    leaf = bytes(Entry.objects.latest("pk").leaf).replace(b'"id":"', b'"id":"other-')
    program.execute("INSERT INTO audits_entry (leaf) VALUES (%s)", [leaf])
    assert program.execute("SELECT count(*) FROM audits_unplaced").fetchone() == (1,)
    program.execute("DELETE FROM audits_unplaced")
    program.execute("SELECT FROM profiles_rulebookrevision FOR UPDATE")


def test_what_happened_is_beyond_it(program: psycopg.Connection) -> None:
    for statement in REFUSED:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            program.execute(statement)
    for statement in BY_TRIGGER:
        with pytest.raises(psycopg.errors.IntegrityError):
            program.execute(statement)


def test_nobody_signs_in_as_the_owner(program: psycopg.Connection) -> None:
    dsn = psycopg.conninfo.make_conninfo(support.dsn(connection), user=roles.OWNER)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(dsn)
    owners = program.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [(roles.OWNER,)]


def test_the_supervisor_starts_everything_as_this_role() -> None:
    assert supervisor.PROGRAM == roles.PROGRAM


def test_a_row_may_come_before_its_entry_in_the_transaction_that_settled_roles() -> None:
    made = some.make_cast("acme")
    with transaction.atomic():
        roles.settle()
        some.set_values(made, safety__danger_caveats="off")  # the draft first, then its entry
    assert Entry.objects.latest("pk").kind == "profile.draft.edited"
