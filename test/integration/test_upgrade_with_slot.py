"""docs/upgrade.md, from 17 on: pg_upgrade takes the slot of our plugin along, so that nothing is missing whoever writes when.

To the same major on 17 and 18, and from 17 to 18, two suites of matrix/ at once: `make test-matrix`.
"""

import pytest

from conftest import Database
from services.postgres import PostgresCluster, make_directory, run_as_server_user

pytestmark = pytest.mark.every_server


@pytest.fixture(params=["the same major", "17 to 18"])
def old(suite_install, private_install, needs_server, request):
    needs_server(17 if request.param == "the same major" else 18, "an upgrade with slots")
    install = private_install if request.param == "the same major" else suite_install("trixie")
    cluster = PostgresCluster(make_directory("glassflow-pg-"), install).create("--data-checksums").start()
    cluster.create_role("replicator")
    yield cluster
    cluster.remove()


@pytest.fixture
def new(old, private_install):
    cluster = PostgresCluster(make_directory("glassflow-pg-"), private_install).create("--data-checksums")
    yield cluster
    cluster.remove()


@pytest.fixture
def database(old):
    return Database(old).create()


def pg_upgrade(old, new):
    """(exit code, what it said)"""
    with open(new.log, "w+") as log:
        done = run_as_server_user(
            [new.install.bindir / "pg_upgrade", "-b", old.install.bindir, "-B", new.install.bindir, "-d", old.data, "-D", new.data, "-U", "postgres",
             "-s", new.sockets, "-p", str(old.port), "-P", str(new.port)], cwd=new.sockets, stdout=log, stderr=log)
        code = done.wait(300)
        log.seek(0)
        details = sorted((new.data / "pg_upgrade_output.d").glob("*/log/*dump_*.log"))  # there is one when it failed
        return code, "\n".join([log.read(), *(path.read_text()[-2600:] for path in details if "error:" in path.read_text())])


def test_the_slot_comes_along(old, new, database, collector):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    database.create_slot()
    one = collector().wait_ready()
    database.execute("INSERT INTO t SELECT generate_series(1, 100)")
    one.wait_for(lambda: len(collector.events()) == 100, "the rows have arrived")
    assert one.stop() == 0
    database.execute("INSERT INTO t SELECT generate_series(101, 110)")  # in the slot, but nobody has read them
    old.stop()
    code, said = pg_upgrade(old, new)
    assert code != 0 and "slots" in said, "an upgrade with rows that were not delivered:\n" + said[-2000:]

    old.start()
    one.configuration["source"]["port"] = old.port
    assert collector(directory=one.directory, command=("run", "--drain")).wait(60) == 0
    old.stop()
    code, said = pg_upgrade(old, new)
    if 'unrecognized parameter "pg_attver"' in said:
        pytest.skip("this release of 18 is older than that of 17, and does not know an option of columns that 17.12 has: upgrade to a later one")
    assert code == 0, said[-3000:]
    new.start()
    upgraded = Database(new)
    upgraded.name, upgraded.slot = database.name, database.slot
    assert upgraded.query("SELECT plugin FROM pg_replication_slots WHERE slot_name = %s", (database.slot,)) == [("glassflow",)]
    upgraded.execute("INSERT INTO t SELECT generate_series(111, 200)")  # before the collector is there again
    source = {"host": str(new.sockets), "port": new.port, "create_slot": False}
    refused = collector(source=source, directory=one.directory)
    assert refused.wait(30) == 3, refused.tail()
    assert "is another one" in refused.stderr
    again = collector(source=source, directory=one.directory, command=("run", "--resume=fresh", "--drain"))
    assert again.wait(60) == 0, again.tail()
    events = collector.events()
    assert [event["data"]["id"] for event in events] == list(range(1, 201))
    versions = [int(event["_version"]) for event in events]
    assert versions == sorted(versions) and len({event["_event_id"] for event in events}) == 200
