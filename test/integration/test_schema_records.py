"""Schema changes on the whole way: told by event triggers, signed by the server's key, delivered as messages when asked for."""

import json
import pathlib
import shutil

import pytest

from conftest import Database
from services.collector import read_events

KEY = "the key of the tests, which is secret"


@pytest.fixture(scope="module")
def keyed(private_install):
    """A server that has glassflow.mask_key."""
    from services.postgres import PostgresCluster, make_directory

    directory = make_directory("glassflow-pg-")
    cluster = PostgresCluster(directory, private_install, {"shared_preload_libraries": "glassflow", "glassflow.mask_key": KEY})
    cluster.create().start()
    yield cluster
    cluster.remove()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def told(keyed):
    database = Database(keyed).create()
    database.execute("CREATE EXTENSION glassflow")
    database.execute("SELECT glassflow.capture_ddl()")
    database.create_slot()
    yield database
    database.query("SELECT pg_drop_replication_slot(%s)", (database.slot,))


def lines(database, notices=None):
    with database.connect() as connection:
        if notices is not None:
            connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        rows = connection.execute("SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL, 'ddl', 'on')",
                                  (database.slot,)).fetchall()
        return [line for (line,) in rows]


def ddl_lines(database, notices=None):
    return [line for line in lines(database, notices) if line.startswith("ddl")]


def sent_messages(database):
    """(content, top xid) of the messages that wait in the slot, as test_decoding's reader would get them."""
    return database.query("SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)", (database.slot,))


def test_a_server_with_a_key_signs(told):
    told.execute("CREATE TABLE one (id integer)")
    told.execute("BEGIN; SAVEPOINT a; CREATE TABLE two (id integer); RELEASE a; DROP TABLE one; COMMIT")
    assert [line.split(" user=")[0] for line in ddl_lines(told)] == ["ddl signed 'CREATE TABLE'", "ddl signed 'CREATE TABLE'", "ddl signed 'DROP TABLE'"]


def test_what_is_not_signed_by_the_server_is_left_out(told):
    """An ordinary user forges, and repeats byte for byte what a trigger sent before."""
    told.query("SELECT pg_create_logical_replication_slot('spy', 'test_decoding')")
    told.execute("CREATE TABLE one (id integer)")
    spied = [data for (data,) in told.query("SELECT data FROM pg_logical_slot_get_binary_changes('spy', NULL, NULL)") if b"glassflow.ddl" in bytes(data)]
    told.query("SELECT pg_drop_replication_slot('spy')")
    assert len(spied) == 1
    content = bytes(spied[0]).split(b"content:", 1)[1]
    told.execute("CREATE ROLE forger LOGIN")
    with told.connect("forger") as forger:
        forger.execute("SELECT pg_logical_emit_message(true, 'glassflow.ddl', %s::bytea)", (content,))
        forger.execute("SELECT pg_logical_emit_message(true, 'glassflow.ddl', %s::bytea)", (content[:1] + bytes(32) + content[33:],))
        forger.execute("SELECT pg_logical_emit_message(true, 'glassflow.ddl', 'nonsense')")
        for setting in ("SHOW glassflow.mask_key", "SET glassflow.mask_key = 'mine, of more than sixteen bytes'"):
            with pytest.raises(Exception, match="permission|superuser|pg_read_all_settings|privileges|cannot be changed"):
                forger.execute(setting)
        assert forger.execute("SELECT count(*) FROM pg_settings WHERE name = 'glassflow.mask_key'").fetchone() == (0,)
    notices = []
    assert len(ddl_lines(told, notices)) == 1
    assert notices == ['message with the prefix "glassflow.ddl" is no schema change of this server']
    told.execute("DROP ROLE forger")


def test_the_key_is_nowhere_in_the_servers_log(told, keyed):
    keyed.execute("SELECT pg_reload_conf()")
    assert KEY not in keyed.log.read_text(errors="replace")


def test_hostile_contents_never_stop_the_slot(database):
    """Without a key every byte reaches the parser: each prefix, and each byte of a real content changed."""
    database.execute("CREATE EXTENSION glassflow")
    database.execute("SELECT glassflow.capture_ddl()")
    database.create_slot()
    database.query("SELECT pg_create_logical_replication_slot('spy', 'test_decoding')")
    database.execute("CREATE TABLE one (id integer NOT NULL, note text)")
    data = database.query("SELECT data FROM pg_logical_slot_get_binary_changes('spy', NULL, NULL)")
    database.query("SELECT pg_drop_replication_slot('spy')")
    content = next(bytes(row[0]) for row in data if b"glassflow.ddl" in bytes(row[0])).split(b"content:", 1)[1]
    with database.connect() as connection:
        for at in range(len(content)):
            for changed in (content[:at], content[:at] + b"\xff" + content[at + 1:], content[:at] + bytes([content[at] ^ 1]) + content[at + 1:]):
                connection.execute("SELECT pg_logical_emit_message(true, 'glassflow.ddl', %s::bytea)", (changed,))
        connection.execute("SELECT pg_logical_emit_message(true, 'glassflow.ddl', %s::bytea)", (content,))
    found = ddl_lines(database)
    assert found[0] == found[-1] and "signed" not in found[0]
    assert "(id integer not null, note text)" in found[0]


@pytest.mark.parametrize("form", ["envelope", "flat", "row", "wal2json"])
def test_collector_delivers_them_as_messages_in_order(database, collector, tmp_path, form):
    database.execute("CREATE EXTENSION glassflow")
    database.execute("SELECT glassflow.capture_ddl()")
    path = tmp_path / "events.jsonl"
    one = collector(source={"ddl": True}, sinks=[{"name": "events", "type": "file", "path": str(path), "format": form}]).wait_ready()
    database.execute("BEGIN; CREATE TABLE told (id integer PRIMARY KEY); INSERT INTO told VALUES (1); ALTER TABLE told ADD note text; COMMIT")
    one.wait_for(lambda: len(read_events(path)) >= 3, "three events")
    create, insert, alter = read_events(path)
    message = create["data"] if form == "envelope" else create
    assert message["prefix"] == "glassflow.ddl"
    if form == "envelope":
        assert [event["_op"] for event in (create, insert, alter)] == ["m", "c", "m"]
        assert create["_event_id"].endswith("-0m")
    change = json.loads(message["content"])
    assert change["command"] == "CREATE TABLE" and change["user"] == "postgres" and change["is_signed"] is False
    assert change["objects"][0] == {"command": "CREATE TABLE", "type": "table", "schema": "public", "identity": "public.told", "is_dropped": False,
                                    "columns": [{"name": "id", "type": "integer", "is_not_null": True}]}
    assert json.loads((alter["data"] if form == "envelope" else alter)["content"])["statement"] == "ALTER TABLE told ADD note text"


def test_collector_does_not_ask_for_them_by_itself(database, collector, tmp_path):
    database.execute("CREATE EXTENSION glassflow")
    database.execute("SELECT glassflow.capture_ddl()")
    one = collector().wait_ready()
    database.execute("CREATE TABLE told (id integer PRIMARY KEY)")
    database.execute("INSERT INTO told VALUES (1)")
    one.wait_for(collector.events, "an event")
    assert [event["_op"] for event in collector.events()] == ["c"]


def test_document_names_every_member():
    document = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "event_forms.md").read_text()
    section = document.split("## Schema changes")[1].split("\n## ")[0]
    for member in ("command", "user", "statement", "statement_is_cut", "is_signed", "objects", "omitted_objects", "identity", "is_dropped", "columns"):
        assert f"`{member}`" in section, member
