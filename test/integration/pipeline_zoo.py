"""Tables as no sane person makes them, and all of them legal: what `pipeline` has to write documents for.

TABLES is SQL; every type of the catalog is added by test_type_faithfulness.make_tables.
"""

HOSTILE = ["a", "A", "my col", 'qu"ote', "back`tick", "back\\slash", "new\nline", "tab\tbed", "dot.ted", "a,b", "par(en)", "$env", "data", "body", "nil",
           "in", "not", "let", "matches", "true", "len", "select", "from", "order", "_version", "_is_deleted", "_op", "_event_id", "_row_exists", "_part",
           "v", "int", "type", "'", "''", "${HOME}", "{{x}}", "%s", "#", "-- x", "/* x */", "; DROP TABLE x", "a format b", " values (", "1", "-1", "1a",
           "ä€😀", "日本語", "\u2028line", "\u00a0", "\ufeffbom", "\x7f", "\x01", "yes", "null", "~", "- x", "? x", ": x", "!x", "&x", "*x", "@x", "|x", ">x",
           "x: y", "x #y", "_", "__", "_part_offset", "_partition_id", "_table", "_database", "id_decimal", "?.", "??", "a?b", "x[0]"]


def ident(name):
    return '"' + name.replace('"', '""') + '"'


def name_of_bytes(character, count=63):
    """As many of character as fit an identifier."""
    return character * (count // len(character.encode()))


ODD_SCHEMA, ODD_TABLE = "Sch.ema, `x` (y)", "Ta.ble '\\ \"z\""

TABLES = [
    "CREATE TABLE public.plain (id bigint PRIMARY KEY, note text, price numeric(10,2) NOT NULL)",
    "CREATE TABLE public.no_key (a integer, b text)",
    "CREATE TABLE public.full_without_key (a integer, b text NOT NULL); ALTER TABLE public.full_without_key REPLICA IDENTITY FULL",
    "CREATE TABLE public.nothing (id integer PRIMARY KEY, b text); ALTER TABLE public.nothing REPLICA IDENTITY NOTHING",
    "CREATE TABLE public.composite_key (tenant uuid, at timestamptz, n numeric, kind mood, flag boolean, body jsonb, PRIMARY KEY (kind, tenant, at, n, flag))",
    "CREATE TABLE public.by_index (a integer NOT NULL, b text NOT NULL, c date, d text); CREATE UNIQUE INDEX by_index_u ON public.by_index (b, a) INCLUDE (c);"
    " ALTER TABLE public.by_index REPLICA IDENTITY USING INDEX by_index_u",
    "CREATE TABLE public.deferred (id integer PRIMARY KEY DEFERRABLE, b text)",
    "CREATE TABLE public.odd_keys (r real, f double precision, d date, t timestamp, x xid8, b bytea, l text[], PRIMARY KEY (r, f, d, t, b, l))",
    "CREATE TABLE public.generated (id integer PRIMARY KEY, twice integer GENERATED ALWAYS AS (id * 2) STORED)",
    "CREATE TABLE public.serials (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, b bigserial)",
    "CREATE TABLE public.domains (id small PRIMARY KEY, p price NOT NULL, f feeling, w \"Words\", m moment, r raw, n never_null)",
    "CREATE TABLE public.numerics (id integer PRIMARY KEY, a numeric, b numeric(1), c numeric(9,9), d numeric(18,2), e numeric(38,38), f numeric(76,10),"
    " g numeric(77,1), h numeric(1000,500), j numeric(5,-2), k numeric(2,4), a_decimal text, b_decimal text)",
    "CREATE TABLE public.arrays (id integer PRIMARY KEY, b boolean[], i integer[] NOT NULL, l bigint[], f float8[], t text[][], n numeric(10,2)[], m mood[],"
    " u uuid[], ts timestamptz[], p pair[])",
    "CREATE TABLE public.enums (id integer PRIMARY KEY, m mood NOT NULL, n mood, many many_labels)",
    "CREATE TABLE public.dropped (id integer PRIMARY KEY, gone text, kept text); ALTER TABLE public.dropped DROP COLUMN gone",
    "CREATE TABLE public.wide (id integer PRIMARY KEY, " + ", ".join(f"column_{i} {kind}" for i in range(300) for kind in [
        ["integer", "bigint", "text", "timestamptz", "numeric(12,3)", "double precision", "boolean", "uuid", "jsonb", "date"][i % 10]]) + ")",
    "CREATE TABLE public.hostile (id integer PRIMARY KEY, " + ", ".join(f"{ident(name)} {['text', 'bigint', 'timestamptz', 'real'][i % 4]}"
                                                                         for i, name in enumerate(HOSTILE)) + ")",
    f"CREATE SCHEMA {ident(ODD_SCHEMA)}; CREATE TABLE {ident(ODD_SCHEMA)}.{ident(ODD_TABLE)} ({ident('Key')} text PRIMARY KEY, v text)",
    f"CREATE SCHEMA {ident(name_of_bytes('ß'))}; CREATE TABLE {ident(name_of_bytes('ß'))}.{ident(name_of_bytes('😀'))}"
    f" ({ident(name_of_bytes('日'))} integer PRIMARY KEY, {ident(name_of_bytes('n'))} text)",
    f"CREATE TABLE public.{ident(name_of_bytes('T'))} (id integer PRIMARY KEY)",
    f"CREATE TABLE public.{ident('t' * 62 + '1')} (id integer PRIMARY KEY)",
    f"CREATE TABLE public.{ident('t' * 62 + '2')} (id integer PRIMARY KEY)",
    "CREATE TABLE public.order_items (id integer PRIMARY KEY)",
    "CREATE TABLE public.\"order-items\" (id integer PRIMARY KEY)",
    "CREATE TABLE public.\"Order_Items\" (id integer PRIMARY KEY)",
    "CREATE SCHEMA a_b; CREATE TABLE a_b.c (id integer PRIMARY KEY); CREATE SCHEMA a; CREATE TABLE a.\"b__c\" (id integer PRIMARY KEY)",
    "CREATE TABLE public.\"select\" (\"from\" integer PRIMARY KEY, \"where\" text)",
    "CREATE TABLE public.parted (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
    " CREATE TABLE public.parted_2026 PARTITION OF public.parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
]

TYPES = """
CREATE TYPE mood AS ENUM ('', 'so so', 'it''s "fine" \\ `x`', 'ä€😀', '$env', E'new\\nline');
CREATE TYPE many_labels AS ENUM (%s);
CREATE TYPE pair AS (a integer, "B b" text);
CREATE DOMAIN small AS smallint CHECK (VALUE < 100);
CREATE DOMAIN price AS numeric(20,4);
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN "Words" AS text[];
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN raw AS bytea;
CREATE DOMAIN never_null AS text NOT NULL;
""" % ", ".join(f"'label {i}'" for i in range(300))


def create(connection):
    connection.execute(TYPES)
    for statements in TABLES:
        if "numeric(5,-2)" in statements and connection.info.server_version < 150000:
            statements = statements.replace("numeric(5,-2)", "numeric(5)").replace("numeric(2,4)", "numeric(4,2)")
        connection.execute(statements)
