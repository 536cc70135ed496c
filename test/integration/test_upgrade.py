"""docs/upgrade.md, "A new major version of Postgres": its steps around a real pg_upgrade, here to the same version."""

import json
import pathlib
import shutil
import subprocess

import pytest

from services.collector import file_sink
from services.postgres import PG_CONFIG, PostgresCluster, make_directory, run_as_server_user


@pytest.fixture
def install(private_install):
    """With the programs that pg_upgrade calls; they must lie beside the server's."""
    bindir = pathlib.Path(subprocess.run([PG_CONFIG, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    for name in ("pg_upgrade", "pg_dump", "pg_dumpall", "pg_restore", "pg_resetwal", "vacuumdb"):
        if not (bindir / name).exists():
            pytest.skip(f"{name} is not installed")
        if not (private_install.bindir / name).exists():
            shutil.copy(bindir / name, private_install.bindir)
    return private_install


def pg_upgrade(old, new):
    done = run_as_server_user(
        [old.install.bindir / "pg_upgrade", "-b", old.install.bindir, "-B", new.install.bindir, "-d", old.data, "-D", new.data,
         "-U", "postgres", "-s", new.sockets, "-p", str(old.port), "-P", str(new.port)], cwd=new.sockets)
    assert done.wait(120) == 0, "pg_upgrade failed"


def test_drained_before_and_begun_anew_after_nothing_is_lost(install, cluster_factory, collector, tmp_path):
    old = cluster_factory()
    old.execute("CREATE DATABASE shop")
    old.execute("CREATE TABLE t (id int PRIMARY KEY)", None, "shop")
    source = {"host": str(old.sockets), "port": old.port, "database": "shop", "slot": "orders_slot"}
    one = collector(source=source, sinks=[file_sink(tmp_path / "events.jsonl")]).wait_ready()
    old.execute("INSERT INTO t SELECT generate_series(1, 100)", None, "shop")
    assert one.stop() == 0
    drained = collector(source=source, sinks=[file_sink(tmp_path / "events.jsonl")], command=("run", "--drain"), directory=one.directory)
    assert drained.wait(30) == 0, drained.tail()
    old.stop()

    new = PostgresCluster(make_directory("glassflow-pg-"), old.install).create()
    try:
        pg_upgrade(old, new)
        new.start()
        source.update(host=str(new.sockets), port=new.port)
        refused = collector(source=source, sinks=[file_sink(tmp_path / "events.jsonl")], directory=one.directory)
        assert refused.wait(30) == 3, refused.tail()
        assert "is another one" in refused.stderr
        fresh = collector(source=source, sinks=[file_sink(tmp_path / "events.jsonl")], command=("run", "--resume=fresh"), directory=one.directory)
        fresh.wait_ready()
        new.execute("INSERT INTO t SELECT generate_series(101, 200)", None, "shop")
        fresh.wait_for(lambda: len((tmp_path / "events.jsonl").read_text().splitlines()) >= 200, "the rows of the new cluster")
        assert fresh.stop() == 0
    finally:
        new.remove()
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [event["data"]["id"] for event in events] == list(range(1, 201))
    assert len({event["_event_id"] for event in events}) == 200
    versions = [int(event["_version"]) for event in events]
    assert max(versions[:100]) < min(versions[100:]), "positions go on where the old cluster's ended"
