"""The workloads of `make bench-plugin`: what is in the database before, and the changes whose WAL every plugin then decodes.

Values are made from the row's number, so two runs write the same rows. A workload is prepared (tables, rows that are
there already), then the slot is made, then it is run; only the running is decoded.
"""

import dataclasses
from collections.abc import Callable

ROWS_PER_TRANSACTION = 1000

ORDERS = """
    CREATE TABLE orders (
        id bigserial PRIMARY KEY, customer_id int, status text, amount numeric(12,2), created_at timestamptz,
        email varchar(80), ref uuid, meta jsonb, active bool, score float8)"""
ORDERS_ROW = """
    SELECT n, (n * 7919 % 100003)::int, (ARRAY['new', 'paid', 'shipped', 'returned'])[n % 4 + 1],
           (n * 37 % 10000000) / 100.0, timestamptz '2025-01-01 00:00:00Z' + n * interval '1.234567 seconds',
           'customer' || n % 100003 || '@example.com', md5(n::text)::uuid,
           jsonb_build_object('source', 'web', 'items', n % 9 + 1, 'gift', n % 2 = 0), n % 3 <> 0, n / 7.0::float8
    FROM generate_series({first}::bigint, {last}::bigint) AS n"""

# Five columns of each of these; the expressions are of the row's number n and the column's number i.
WIDE_TYPES = (
    ("bool", "(n + {i}) % 2 = 0"), ("smallint", "(n * {i} % 30000)::int2"), ("int", "(n * {i})::int4"),
    ("bigint", "n * 1000003 * {i}"), ("float8", "(n + {i}) / 3.0::float8"), ("numeric(14,4)", "n * {i} / 16.0"),
    ("text", "'text of column {i} ' || n"), ("timestamptz", "timestamptz '2025-01-01Z' + n * interval '{i} seconds'"),
    ("date", "date '2025-01-01' + (n % 1000)::int"), ("uuid", "md5((n * {i})::text)::uuid"))
WIDE_COLUMNS = [(f"c{index + 1}", name, expression.format(i=index + 1))
                for index, (name, expression) in enumerate(WIDE_TYPES * 5)]
WIDE_ROW = f"""
    SELECT {', '.join(expression for _, _, expression in WIDE_COLUMNS)}
    FROM generate_series({{first}}::bigint, {{last}}::bigint) AS n"""

SPREAD_TABLES_MAX = 10_000

UPDATE = """
    UPDATE orders SET status = 'returned', amount = amount + 1, score = score * 2
    WHERE id BETWEEN {first} AND {last}"""
DELETE = "DELETE FROM orders WHERE id BETWEEN {first} AND {last}"


@dataclasses.dataclass(frozen=True)
class Workload:
    """prepare and run take a connection and the number of changes; run makes exactly that many (see change_count)."""

    name: str
    title: str
    changes: int
    prepare: Callable
    run: Callable
    is_filtered: bool = False  # only public.orders is asked for


def in_transactions(connection, statement, row_count, first=1, size=ROWS_PER_TRANSACTION):
    """Runs the statement over rows first .. first + row_count - 1, `size` rows per transaction, on the server's side."""
    connection.execute(f"""
        DO $do$
        DECLARE
            at bigint := {first};
            stop constant bigint := {first + row_count};
        BEGIN
            WHILE at < stop LOOP
                EXECUTE replace(replace($sql${statement}$sql$, '{{first}}', at::text),
                                '{{last}}', (least(at + {size}, stop) - 1)::text);
                COMMIT;
                at := at + {size};
            END LOOP;
        END
        $do$""")


def create_orders(connection, _=None):
    connection.execute(ORDERS)


def insert_orders(connection, changes):
    in_transactions(connection, f"INSERT INTO orders {ORDERS_ROW}", changes)


def insert_orders_at_once(connection, changes):
    in_transactions(connection, f"INSERT INTO orders {ORDERS_ROW}", changes, size=changes)


def insert_orders_one_by_one(connection, changes):
    in_transactions(connection, f"INSERT INTO orders {ORDERS_ROW}", changes, size=1)


def copy_orders(connection, changes):
    for first in range(1, changes + 1, ROWS_PER_TRANSACTION):
        last = min(first + ROWS_PER_TRANSACTION - 1, changes)
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY ({ORDERS_ROW.format(first=first, last=last)}) TO STDOUT") as source:
                rows = b"".join(source)
            with cursor.copy("COPY orders FROM STDIN") as target:
                target.write(rows)


def create_filled_orders(connection, changes, identity):
    create_orders(connection)
    connection.execute(f"ALTER TABLE orders REPLICA IDENTITY {identity}")
    insert_orders(connection, changes // 2)


def update_and_delete(connection, changes):
    in_transactions(connection, UPDATE, changes // 2)
    in_transactions(connection, DELETE, changes // 2)


def create_wide(connection, _):
    connection.execute(f"CREATE TABLE wide ({', '.join(f'{name} {type_name}' for name, type_name, _ in WIDE_COLUMNS)})")


def insert_wide(connection, changes):
    in_transactions(connection, f"INSERT INTO wide {WIDE_ROW}", changes)


def create_orders_and_other(connection, _):
    create_orders(connection)
    connection.execute("CREATE TABLE other (LIKE orders INCLUDING INDEXES)")


def insert_mostly_other(connection, changes):
    """One row in a hundred is an order, and every transaction has some, as an application would do it."""
    wanted = changes // 100
    hundredth = ROWS_PER_TRANSACTION // 100
    for first in range(1, wanted + 1, hundredth):
        last = min(first + hundredth - 1, wanted)
        with connection.transaction():
            connection.execute("INSERT INTO orders " + ORDERS_ROW.format(first=first, last=last))
            connection.execute("INSERT INTO other " + ORDERS_ROW.format(first=first * 99 - 98, last=last * 99))


def spread_tables(changes):
    return max(1, min(SPREAD_TABLES_MAX, changes // 50))


def create_spread(connection, changes):
    connection.execute(f"""
        DO $do$ BEGIN
            FOR i IN 1..{spread_tables(changes)} LOOP
                EXECUTE format('CREATE TABLE spread_%s (id bigint, note text)', i);
                IF i % 1000 = 0 THEN COMMIT; END IF;
            END LOOP;
        END $do$""")


def insert_spread(connection, changes):
    """Each row into another table than the one before, all of them in turn."""
    connection.execute(f"""
        DO $do$ BEGIN
            FOR n IN 1..{changes} LOOP
                EXECUTE format('INSERT INTO spread_%s VALUES (%s, ''some text'')', n % {spread_tables(changes)} + 1, n);
                IF n % {ROWS_PER_TRANSACTION} = 0 THEN COMMIT; END IF;
            END LOOP;
        END $do$""")


def change_count(workload, changes):
    """What the workload really makes of the number asked for: whole pairs, whole hundreds."""
    if workload.name in ("d-default", "d-full"):
        return max(2, changes // 2 * 2)
    return max(100, changes // 100 * 100) if workload.is_filtered else changes


WORKLOADS = {workload.name: workload for workload in (
    Workload("a", "inserts into `orders`, 1000 per transaction", 1_000_000, create_orders, insert_orders),
    Workload("b", "the same by COPY, 1000 per transaction", 1_000_000, create_orders, copy_orders),
    Workload("c", "the same inserts, one per transaction", 100_000, create_orders, insert_orders_one_by_one),
    Workload("d-default", "updates, then deletes, replica identity DEFAULT", 500_000,
             lambda connection, changes: create_filled_orders(connection, changes, "DEFAULT"), update_and_delete),
    Workload("d-full", "updates, then deletes, replica identity FULL", 500_000,
             lambda connection, changes: create_filled_orders(connection, changes, "FULL"), update_and_delete),
    Workload("e", "inserts into a table of 50 mixed columns", 200_000, create_wide, insert_wide),
    Workload("f", "inserts of which 99 % are in a table that was not asked for", 1_000_000, create_orders_and_other,
             insert_mostly_other, is_filtered=True),
    Workload("g", "inserts into `orders`, all in one transaction", 1_000_000, create_orders, insert_orders_at_once),
    # Last: its tables stay.
    Workload("h", "inserts of two columns, each into another of 10 000 tables", 1_000_000, create_spread, insert_spread),
)}
