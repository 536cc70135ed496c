"""A table that changes while its events flow: noticed before the first event of its new shape, told, followed or stopped at."""

import json

import pytest

from services.otlp_receiver import otlp_sink
from services.postgres import poll_until
from test_pipeline_documents import Pipelines

ID = "pg-public-orders"


class World:
    """A table with its pipeline in GlassFlow and its table in ClickHouse, and a collector that feeds them."""

    def __init__(self, database, collector, otlp_receiver, glassflow_api, clickhouse_http, tmp_path, binary):
        self.database, self.collector, self.receiver, self.api, self.http = database, collector, otlp_receiver, glassflow_api, clickhouse_http
        self.clickhouse = clickhouse_http.clickhouse
        self.name = database.name
        self.secret = tmp_path / "secret"
        self.secret.write_text("s3cr3t")
        self.secret.chmod(0o600)
        self.clickhouse.execute(f"CREATE DATABASE IF NOT EXISTS {self.name}")
        self.pipelines = Pipelines(binary, database.cluster, database.name, tmp_path)
        self.pipelines.common += ["--for", "otlp"] + [word for key, value in self.settings().items() for word in (f"--pipeline.{key}", str(value))]
        self.state = tmp_path / "state"
        otlp_receiver.set_pipelines({ID: "attributes.event_id"})
        database.execute("CREATE TABLE orders (id bigint PRIMARY KEY, note text, price numeric(10,2))")
        database.create_slot()

    def settings(self, **more):
        return {"api_url": self.api.url, "transition_timeout": "5s", "clickhouse_host": "127.0.0.1", "clickhouse_http_port": self.http.port,
                "clickhouse_database": self.name, "clickhouse_password_file": str(self.secret), **more}

    def set_up(self):
        for statement in self.pipelines.tables("public.orders"):
            self.clickhouse.execute(statement)
        made = self.pipelines.run("public.orders", "--apply")
        assert made.returncode == 0, made.stderr

    def start(self, policy, *flags, **more):
        return self.collector(sinks=[otlp_sink(self.receiver, format="row", pipelines=[f"public.orders={ID}"], pipeline_id="")], command=("run", *flags),
                              source={"tables": ["public.orders"]}, state_directory=str(self.state), pipeline=self.settings(schema_change=policy, **more))

    def notes(self):
        return [json.loads(event["body"]).get("note") for event in self.receiver.events()]

    def columns(self):
        return self.clickhouse.columns(self.name, "orders")

    def mapped(self):
        return {one["column_name"] for one in self.api.pipelines[ID].document["sink"]["mapping"]}


@pytest.fixture
def world(database, collector, otlp_receiver, glassflow_api, clickhouse_http, tmp_path, collector_binary):
    made = World(database, collector, otlp_receiver, glassflow_api, clickhouse_http, tmp_path, collector_binary)
    yield made
    made.clickhouse.execute(f"DROP DATABASE {made.name}")


def line_about_change(one):
    return next((line for line in one.stderr.splitlines() if "table changed" in line), None)


def test_warn_says_what_it_means_once(world):
    world.set_up()
    one = world.start("warn")
    world.database.execute("INSERT INTO orders VALUES (1, 'before', 1)")
    world.database.execute("ALTER TABLE orders ADD COLUMN at timestamptz NOT NULL DEFAULT now(), ALTER price TYPE numeric(12,3), DROP COLUMN note")
    world.database.execute("INSERT INTO orders VALUES (2, 2), (3, 3); UPDATE orders SET price = 4")
    one.wait_for(lambda: len(world.notes()) == 6, "all events")
    line = line_about_change(one)
    for words in ("public.orders", "column at (timestamp with time zone) appeared", "column note (text) vanished",
                  "column price (numeric(10,2)) became numeric(12,3)",
                  "ADD COLUMN IF NOT EXISTS `at` Nullable(DateTime64(6, 'UTC'))", "MODIFY COLUMN `price_decimal`", ID):
        assert words in line, line
    assert one.stderr.count("table changed") == 1
    assert len(world.api.pipelines[ID].states) == 2 and world.http.statements == []
    assert one.stop() == 0
    # Told once, not after every start.
    again = world.start("warn")
    world.database.execute("INSERT INTO orders VALUES (4, 4)")
    again.wait_for(lambda: len(world.notes()) == 7, "the next event")
    assert line_about_change(again) is None


def test_apply_alters_edits_and_then_delivers(world):
    world.set_up()
    one = world.start("apply")
    world.database.execute("INSERT INTO orders VALUES (1, 'before', 1)")
    one.wait_for(lambda: world.notes() == ["before"], "the first event")
    world.api.faults.clear()
    world.api.pipelines[ID].delay_s = 0.5  # the drain takes a while
    with world.database.connect() as connection:
        connection.execute("BEGIN; INSERT INTO orders VALUES (2, 'old shape', 2); ALTER TABLE orders ADD COLUMN added integer[], ALTER price DROP NOT NULL,"
                           " ALTER price TYPE numeric(12,3); INSERT INTO orders VALUES (3, 'new shape', 3, '{1}'); COMMIT")
    one.wait_for(lambda: "old shape" in world.notes(), "what is before the change not to wait")
    assert "new shape" not in world.notes() or world.api.pipelines[ID].states[-1] == "Running"
    one.wait_for(lambda: world.notes() == ["before", "old shape", "new shape"], "the event of the new shape")
    assert world.api.pipelines[ID].states[-4:] == ["Stopping", "Stopped", "Resuming", "Running"]
    assert "added" in world.mapped() and world.columns()["added"] == "Nullable(String)"
    assert world.clickhouse.rows(f"SELECT type FROM system.columns WHERE database = '{world.name}' AND name = 'price_decimal'") == [
        {"type": "Nullable(Decimal(12, 3))"}]
    assert "s3cr3t" not in one.stderr
    world.database.execute("ALTER TABLE orders DROP COLUMN added; INSERT INTO orders VALUES (4, 'without', 4)")
    one.wait_for(lambda: "without" in world.notes(), "the event after the column is gone")
    assert "added" not in world.mapped() and "added" in world.columns(), "what ClickHouse has, it keeps"


def test_apply_waits_for_an_api_that_is_away(world):
    world.set_up()
    one = world.start("apply", api_url="http://127.0.0.1:1")
    world.database.execute("ALTER TABLE orders ADD COLUMN added date")  # before anything was seen: the first shape is this one
    world.database.execute("INSERT INTO orders VALUES (1, 'first', 1)")
    one.wait_for(lambda: world.notes() == ["first"], "the first event")
    world.database.execute("ALTER TABLE orders ADD COLUMN more date; INSERT INTO orders VALUES (2, 'second', 2)")
    one.wait_for(lambda: "the events of the new shape wait" in one.stderr, "the wait")
    assert world.notes() == ["first"]
    assert one.stop(60) == 1  # what was in hand is not confirmed
    assert world.notes() == ["first"]
    again = world.start("apply")
    again.wait_for(lambda: world.notes() == ["first", "second"], "the event after the next start")
    assert {"added", "more"} <= world.mapped() & set(world.columns())


def test_apply_stops_where_clickhouse_refuses(world):
    world.set_up()
    world.http.refusals["ADD COLUMN"] = (500, "Code: 497. DB::Exception: default: Not enough privileges")
    one = world.start("apply")
    world.database.execute("INSERT INTO orders VALUES (1, 'first', 1)")
    one.wait_for(lambda: world.notes() == ["first"], "the first event")
    world.database.execute("ALTER TABLE orders ADD COLUMN more date; INSERT INTO orders VALUES (2, 'second', 2)")
    assert one.wait() == 1
    assert "Not enough privileges" in one.stderr and "column more (date) appeared" in one.stderr
    assert world.notes() == ["first"] and "more" not in world.mapped()
    world.http.refusals.clear()
    again = world.start("apply")
    again.wait_for(lambda: world.notes() == ["first", "second"], "the event after it was mended")
    assert "more" in world.mapped() and "more" in world.columns()


def test_another_key_cannot_be_followed(world):
    world.set_up()
    one = world.start("apply")
    world.database.execute("INSERT INTO orders VALUES (1, 'first', 1)")
    one.wait_for(lambda: world.notes() == ["first"], "the first event")
    world.database.execute("ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, price); INSERT INTO orders VALUES (2, 'second', 2)")
    assert one.wait() == 1
    assert "the key is another one" in one.stderr and "--accept-schema-change" in one.stderr
    again = world.start("apply", "--accept-schema-change")
    again.wait_for(lambda: world.notes() == ["first", "second"], "it goes on when told")


def test_stop_stops_before_the_first_event_and_again_until_told(world):
    world.set_up()
    one = world.start("stop")
    world.database.execute("INSERT INTO orders VALUES (1, 'first', 1)")
    one.wait_for(lambda: world.notes() == ["first"], "the first event")
    assert one.stop() == 0
    world.database.execute("ALTER TABLE orders ADD COLUMN more date; INSERT INTO orders VALUES (2, 'second', 2)")  # while it is down
    for _ in range(2):
        again = world.start("stop")
        assert again.wait() == 1
        assert "table public.orders changed: column more (date) appeared" in again.stderr and "--accept-schema-change" in again.stderr
        assert world.notes() == ["first"]
    told = world.start("stop", "--accept-schema-change")
    told.wait_for(lambda: world.notes() == ["first", "second"], "it goes on when told")
    assert told.stop() == 0
    after = world.start("stop")
    world.database.execute("INSERT INTO orders VALUES (3, 'third', 3)")
    after.wait_for(lambda: "third" in world.notes(), "and goes on without being told again")


def test_what_changes_nothing_is_no_change(world):
    world.set_up()
    one = world.start("stop")
    world.database.execute("INSERT INTO orders VALUES (1, 'first', 1)")
    world.database.execute("ALTER TABLE orders ALTER note SET STORAGE EXTERNAL, REPLICA IDENTITY FULL; CREATE INDEX ON orders (note)")
    world.database.execute("ALTER TABLE orders ALTER price SET NOT NULL; INSERT INTO orders VALUES (2, 'second', 2)")
    world.database.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (world.database.slot,))
    world.database.execute("INSERT INTO orders VALUES (3, 'third', 3)")
    one.wait_for(lambda: "third" in world.notes(), "all events")
    assert "column price is never NULL now" in line_about_change(one)
    assert one.stop() == 0


def test_an_old_shape_that_comes_again_after_a_reconnect_is_no_news(world):
    world.set_up()
    one = world.start("warn").wait_ready()
    world.receiver.misbehave("overload", count=1000)  # nothing is confirmed, so that all of it is sent again
    world.database.execute("INSERT INTO orders VALUES (1, 'first', 1)")
    world.database.execute("ALTER TABLE orders ADD COLUMN more date; INSERT INTO orders VALUES (2, 'second', 2)")
    one.wait_for(lambda: line_about_change(one), "the change to be noticed")
    for number in (1, 2):
        world.database.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (world.database.slot,))
        one.wait_for(lambda: one.status()["reconnects"] >= number and one.status()["is_streaming"], "a reconnect")
    world.receiver.behave()
    one.wait_for(lambda: {"first", "second"} <= set(world.notes()), "all events")
    assert one.stderr.count("table changed") == 1
