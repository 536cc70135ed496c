"""Sample values of every type a column can have, as SQL expressions: NULL, edges, specials, random ones.

Base types have their literals here; arrays, ranges, multiranges, domains, enums and composites are made from those of
the types they consist of, found in the catalog. A base type that is not here is an error: nobody may forget one.
"""

import random

import psycopg

# A base type without an input function that works is known by an expression that reads one from where the server keeps
# it, or, when it is kept in indexes only, by the reason why no column of it can hold a value.
EXPRESSIONS = {
    "pg_node_tree": ["(SELECT ev_action FROM pg_rewrite ORDER BY length(ev_action::text) LIMIT 1)"],
    "pg_ndistinct": ["(SELECT stxdndistinct FROM pg_statistic_ext_data LIMIT 1)"],
    "pg_dependencies": ["(SELECT stxddependencies FROM pg_statistic_ext_data LIMIT 1)"],
    "pg_mcv_list": ["(SELECT stxdmcv FROM pg_statistic_ext_data LIMIT 1)"],
    "char": ["'x'::\"char\"", "''::\"char\"", "'\\'::\"char\"", "(-1)::\"char\"", "127::\"char\""],
    "text": ["repeat('ä€😀', 3000)", "repeat(md5('x'), 100)"],
    "bytea": ["decode(repeat('00ff27', 5000), 'hex')"],
    "numeric": ["10::numeric ^ 1000 + 0.5", "repeat('9', 20000)::numeric"],
    "jsonb": ["(SELECT jsonb_agg(i || ' €') FROM generate_series(1, 2000) i)"],
    "varbit": ["repeat('10', 6000)::varbit"],
    "tsvector": ["to_tsvector('simple', repeat('some words ', 300) || md5('y'))"],
}
WITHOUT_VALUES = {
    "gtsvector": "is kept in GiST indexes only; its input function refuses everything",
    "pg_brin_bloom_summary": "is kept in BRIN indexes only; its input function refuses everything",
    "pg_brin_minmax_multi_summary": "is kept in BRIN indexes only; its input function refuses everything",
    **{name: "of contrib, is kept in GiST indexes only; its input function refuses everything" for name in (
        "gbtreekey2", "gbtreekey4", "gbtreekey8", "gbtreekey16", "gbtreekey32", "gbtreekey_var", "ghstore", "gtrgm", "intbig_gkey", "ltree_gist")},
}

CHARACTERS = ["", " ", "a", "YES", "  padded  ", "ä€😀", "it's \"quoted\" \\ {a,b} (c) NULL", "a\tb\nc\r\x01\x7f", "null", "NULL"]
DOCUMENTS = ["null", "0", "\"\"", "[]", "{}", "{\"b\": 1.50, \"a\": [true, null, \"ä \\\" \\u0001\"], \"a\": -0}", "[1e400, -1e-400]",
             "\"" + "x" * 300 + "\"", "[" * 50 + "]" * 50, "12345678901234567890.12345678901234567890"]

LITERALS = {
    "bool": ["true", "false"],
    "bytea": ["", "\\x00", "\\x00ff27225c0a", "\\x" + "ab" * 200],
    "char": [],
    "name": ["", "n" * 63, "ä €", "\"quoted\""],
    "int2": ["-32768", "32767", "0", "-1", "127", "128", "-128", "-129"],
    "int4": ["-2147483648", "2147483647", "0", "-1", "32768", "-32769", "65535", "65536"],
    "int8": ["-9223372036854775808", "9223372036854775807", "0", "-1", "2147483648", "-2147483649", "4294967296", "9007199254740993"],
    "int2vector": ["", "1", "1 -32768 32767"],
    "oidvector": ["", "1", "0 4294967295"],
    "oid": ["0", "4294967295", "2147483648"],
    "tid": ["(0,0)", "(0,1)", "(4294967295,65535)"],
    "xid": ["0", "4294967295"],
    "xid8": ["0", "18446744073709551615"],
    "cid": ["0", "4294967295"],
    "text": CHARACTERS,
    "bpchar": CHARACTERS,
    "varchar": CHARACTERS,
    "refcursor": CHARACTERS,
    "json": DOCUMENTS + ["  {\"b\" :1 ,\n\"a\": 2}  "],
    "jsonb": DOCUMENTS,
    "jsonpath": ["$", "strict $.a[*] ? (@.b > 1.50 && @.c like_regex \"^ä\" flag \"i\").size()", "$.\"quoted key\".**{2 to last}"],
    "xml": ["", "<a/>", "<a b=\"c\">d &amp; ä</a>", "text only"],
    "float4": ["NaN", "Infinity", "-Infinity", "0", "-0", "0.1", "3.4028235e38", "-3.4028235e38", "1.17549435e-38", "1e-45", "16777217", "1e6",
               "1e15", "0.0001", "0.00001"],
    "float8": ["NaN", "Infinity", "-Infinity", "0", "-0", "0.1", "1.7976931348623157e308", "-1.7976931348623157e308", "2.2250738585072014e-308",
               "5e-324", "9007199254740993", "1e15", "1e16", "0.0001", "0.00001", "123456789012345"],
    "numeric": ["NaN", "0", "0.00", "-0.01", "1", "-1", "10000", "9999", "0.0001", "0.00001", "-12345678.90", "1e100", "1e-100", "1e131071",
                "1e-16383", "123456789012345678901234567890.123456789", "99999999999999999999.9999999999999999999", "5000000000", "1.50000000"],
    "money": ["-92233720368547758.08", "92233720368547758.07", "0", "-0.01", "1234.5"],
    "date": ["infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "2000-01-01", "1999-12-31", "0001-01-01", "0001-12-31 BC", "9999-12-31",
             "10000-01-01", "2024-02-29"],
    "time": ["00:00", "24:00", "23:59:59.999999", "12:34:56.5", "00:00:00.000001"],
    "timetz": ["00:00+00", "12:34:56.5-00:00:01", "12:34:56.5+00:01", "23:59:60-03:30", "00:00+15:59:59", "24:00-15:59:59", "23:59:59.999999+05:30", "12:00-08"],
    "timestamp": ["infinity", "-infinity", "4714-11-24 00:00 BC", "294276-12-31 23:59:59.999999", "2000-01-01", "1999-12-31 23:59:59.999999",
                  "0001-01-01", "0001-12-31 23:59:59.5 BC", "9999-12-31 23:59:59.999999", "10000-01-01"],
    "timestamptz": ["infinity", "-infinity", "4714-11-24 00:00+00 BC", "294276-12-31 23:59:59.999999+00", "2000-01-01 00:00+00",
                    "1999-12-31 23:59:59.999999+00", "0001-01-01 00:00+00", "2024-02-29 12:00:00.25+14", "9999-12-31 23:59:59.999999+00",
                    "10000-01-01 00:00+00"],
    "interval": ["1 mon -1 day +1 hour", "-1 mons 1 day -1 hour", "-1 year -1 mon", "-1 mon +00:00:01", "1 mon -00:00:01", "-1 day", "1 day 00:00:00.000001",
                 "-2147483648 mons -2147483648 days", "2147483647 mons 2147483647 days", "-2562047788:00:54.775807", "0", "-178000000 years", "178000000 years", "1 year 2 mons -3 days 04:05:06.7", "-00:00:00.000001", "1 mon", "-1 day +1 hour",
                 "2147483647 days", "-2147483648 days", "2562047788:00:54.775807"],
    "bit": ["1"],
    "varbit": ["", "0", "10101", "1" * 65, "1" * 64, "01111111", "0" * 9],
    "uuid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-fffffffffffe", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "inet": ["0.0.0.0/0", "10.0.0.1", "255.255.255.255", "10.0.0.1/8", "::/0", "::1", "::", "::ffff:1.2.3.4/128", "::ffff:1.2.3.4/96",
             "2001:db8::1/64", "::1.2.3.4", "::1:0", "::fffe:1.2.3.4", "1::ffff:1.2.3.4", "::2:0:0:5:6:7", "1:0:0:2::3", "1:2:3:4:0:6:7:8", "1:2:3:4:5:6::",
             "1::"],
    "cidr": ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.1/32", "::/0", "2001:db8::/32", "::1/128", "255.255.255.255/32", "::ffff:1.2.3.0/120",
             "::ffff:0:0/96"],
    "macaddr": ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03"],
    "macaddr8": ["00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03:04:05"],
    "point": ["(0,-0)", "(NaN,Infinity)", "(1.1,-1e300)"],
    "lseg": ["[(0,0),(1,0.1)]", "[(-Infinity,NaN),(1e-300,2)]"],
    "line": ["{1,-1,0}", "{0,1,1e300}"],
    "box": ["(1,1),(0,0)", "(Infinity,0.1),(-Infinity,-0.1)"],
    "path": ["((0,0),(1,1),(2,0))", "[(0,0),(0.1,1)]"],
    "polygon": ["((0,0),(1,1),(2,0))", "((0.1,0.2))"],
    "circle": ["<(0,0),0>", "<(1.1,-2),1e10>"],
    "pg_lsn": ["0/0", "FFFFFFFF/FFFFFFFF", "16/B374D848"],
    "txid_snapshot": ["1:1:", "10:20:10,14,15"],
    "pg_snapshot": ["1:1:", "10:20:10,14,15"],
    "tsvector": ["", "a", "'a b':1A,2B 'it''s' c:16383", "fat:2 cat:3"],
    "tsquery": ["", "a", "fat & !cat | (rat <-> mat:AB*)", "'it''s'"],
    "aclitem": ["postgres=arwdDxt/postgres", "=r*/postgres"],
    "regproc": ["now", "0", "4294967295"],
    "regprocedure": ["now()", "substring(text,integer)", "0", "4294967295"],
    "regoper": ["||/", "0", "4294967295"],
    "regoperator": ["+(integer,integer)", "-(NONE,integer)", "0", "4294967295"],
    "regclass": ["pg_class", "information_schema.tables", "0", "4294967295"],
    "regcollation": ["\"C\"", "0", "4294967295"],
    "regtype": ["integer", "timestamp with time zone[]", "information_schema.yes_or_no", "0", "4294967295"],
    "regrole": ["postgres", "0", "4294967295"],
    "regnamespace": ["pg_catalog", "information_schema", "0", "4294967295"],
    "regconfig": ["english", "0", "4294967295"],
    "regdictionary": ["english_stem", "0", "4294967295"],
    "regdatabase": ["postgres", "0", "4294967295"],
    "citext": CHARACTERS,
    "hstore": ["", "a=>1", "\"b \\\" c\"=>NULL, ä=>\"x, y\""],
    "ltree": ["", "Top.Science"],
    "lquery": ["Top.*{1,2}.!a*@|b%", "*"],
    "ltxtquery": ["a & !b*@", "(x | y)"],
    "cube": ["(0)", "(1,2,3)", "(0),(1)", "(1.5,-2),(3,4e10)", "(NaN),(Infinity)"],
    "seg": ["1.5", "1 .. 2", "<5", "~6.50", "1.0(+-)0.05", ".. 3e10"],
    "query_int": ["1", "1&(2|!3)"],
    "ean13": ["4006381333931", "9783161484100"],
    "isbn13": ["978-3-16-148410-0"],
    "ismn13": ["979-0-060-11561-5"],
    "issn13": ["977-1436-452-00-8"],
    "isbn": ["0-306-40615-2", "978-3-16-148410-0"],
    "ismn": ["M-060-11561-5"],
    "issn": ["1436-4522"],
    "upc": ["036000291452"],
    "colon_integer": ["1", "-2147483648"],
}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def random_address(numbers):
    """Of both families; zeros come in runs."""
    if numbers.random() < 0.3:
        return ".".join(str(byte) for byte in numbers.randbytes(4)) + f"/{numbers.randrange(33)}"
    words = [numbers.choice([0, 0, numbers.choice([1, 0xFFFF, numbers.randrange(2**16)])]) for _ in range(8)]
    return ":".join(f"{word:x}" for word in words) + f"/{numbers.choice([128, numbers.randrange(129)])}"


def random_literals(name, numbers, count=12):
    """More of the types in which a value is a number or bytes."""
    def decimal(digit_count):
        digits = "".join(numbers.choice("0000123456789") for _ in range(digit_count)) or "0"
        point = numbers.randrange(len(digits) + 1)
        return numbers.choice(["", "-"]) + (digits[:point] or "0") + ("." + digits[point:] if digits[point:] else "")

    def number_or_none(limit):
        return numbers.choice([0, 1, -1, numbers.randrange(-limit, limit)])

    makers = {
        "int2": lambda: str(numbers.randrange(-2**15, 2**15)),
        "int4": lambda: str(numbers.randrange(-2**31, 2**31) >> numbers.randrange(31)),
        "int8": lambda: str(numbers.randrange(-2**63, 2**63) >> numbers.randrange(63)),
        "oid": lambda: str(numbers.randrange(2**32)),
        "float4": lambda: repr(numbers.uniform(-1, 1) * 10 ** numbers.uniform(-37, 37)),
        "float8": lambda: repr(numbers.uniform(-1, 1) * 10 ** numbers.uniform(-300, 300)),
        "numeric": lambda: decimal(numbers.randrange(60)),
        "money": lambda: f"{numbers.randrange(-10**15, 10**15) / 100:.2f}",
        "bytea": lambda: "\\x" + numbers.randbytes(numbers.randrange(300)).hex(),
        "uuid": lambda: numbers.randbytes(16).hex(),
        "inet": lambda: random_address(numbers),
        "macaddr": lambda: numbers.randbytes(6).hex(),
        "varbit": lambda: f"{numbers.getrandbits(100):b}",
        "date": lambda: f"{numbers.randrange(1, 9999):04}-{numbers.randrange(1, 13):02}-{numbers.randrange(1, 29):02}",
        "time": lambda: f"{numbers.randrange(24)}:{numbers.randrange(60)}:{numbers.randrange(60)}.{numbers.randrange(10**6):06}",
        "timestamp": lambda: f"{makers['date']()} {makers['time']()}",
        "timestamptz": lambda: f"{makers['date']()} {makers['time']()}{numbers.randrange(-14, 15):+03}",
        "timetz": lambda: f"{makers['time']()}{numbers.choice('+-')}{numbers.randrange(16):02}:{numbers.randrange(60):02}:{numbers.randrange(60):02}",
        "interval": lambda: f"{number_or_none(50)} mons {number_or_none(10**4)} days {number_or_none(10**12) / 10**numbers.choice([0, 3, 6]):.6f} secs",
    }
    return [makers[name]() for _ in range(count)] if name in makers else []


class Samples:
    """of(type oid) -> SQL expressions. Reads the catalog through connection."""

    def __init__(self, connection, seed=20001):
        self._numbers = random.Random(seed)
        self._connection = connection
        self._known = {}
        self._types = {row[0]: row for row in connection.execute(
            "SELECT t.oid::int8, typname, format('%I.%I', nspname, typname), typtype, typelem::int8, typbasetype::int8, typrelid::int8,"
            " coalesce(rngsubtype, 0)::int8, EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)"
            " FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace LEFT JOIN pg_range r ON t.oid = rngtypid").fetchall()}

    def base(self, oid):
        """The name of the type at the bottom of a domain, without its schema."""
        while self._types[oid][3] == "d":
            oid = self._types[oid][5]
        return self._types[oid][1]

    def element(self, oid):
        """The type of the elements of an array, or of a domain over one; 0 when it is neither."""
        while self._types[oid][3] == "d":
            oid = self._types[oid][5]
        return self._types[oid][4] if self._types[oid][8] else 0

    def is_of_rows(self, oid):
        """Whether it is a composite type, or an array of one."""
        kind, element = self._types[oid][3:5]
        return kind == "c" or (element != 0 and self._types[element][3] == "c")

    def name(self, oid):
        """As it must be written in SQL."""
        return self._types[oid][2]

    def of(self, oid):
        if oid not in self._known:
            _, bare_name, name, kind, element, base, relation, subtype, is_array = self._types[oid]
            if is_array:
                made = self._arrays(element, name)
            elif kind == "b":
                made = self._literals(bare_name, name)
            elif kind == "d":
                made = self._allowed(f"({sample})::{name}" for sample in self.of(base))
            elif kind == "e":
                made = [f"{quoted(label)}::{name}" for (label,) in self._connection.execute(
                    "SELECT enumlabel FROM pg_enum WHERE enumtypid = %s ORDER BY enumsortorder", (oid,))]
            elif kind == "c":
                made = self._composites(relation, name)
            elif kind == "r":
                made = self._ranges(subtype, name)
            elif kind == "m":
                made = self._multiranges(oid, name)
            else:
                raise AssertionError(f"type {name} is of kind {kind}, which is not known here")
            assert made or bare_name in WITHOUT_VALUES, f"there are no sample values for type {name}"
            self._known[oid] = made
        return self._known[oid]

    def _literals(self, bare_name, name):
        assert bare_name in LITERALS or bare_name in EXPRESSIONS or bare_name in WITHOUT_VALUES, (
            f"no values are known for type {name}: add some to LITERALS")
        literals = LITERALS.get(bare_name, []) + random_literals(bare_name, self._numbers)
        return [f"{quoted(literal)}::{name}" for literal in literals] + EXPRESSIONS.get(bare_name, [])

    def _allowed(self, expressions):
        """Those that the server takes: a domain refuses some values of its base type, a column numeric(10,2) large ones, a range
        bounds in the wrong order."""
        allowed = []
        for expression in expressions:
            try:
                with self._connection.transaction():
                    self._connection.execute(f"SELECT {expression}")
                allowed.append(expression)
            except (psycopg.errors.DataError, psycopg.errors.IntegrityError):
                continue
        return allowed

    def _arrays(self, element, name):
        samples = self.of(element)
        if not samples:
            return [f"'{{}}'::{name}", f"ARRAY[NULL]::{name}"]
        first, last = samples[0], samples[-1]
        return [f"'{{}}'::{name}", f"ARRAY[{', '.join([*samples[:6], 'NULL', last])}]::{name}", f"array_fill({last}, ARRAY[2, 1, 2], ARRAY[-1, 0, 7])",
                f"ARRAY[NULL]::{name}", f"array_fill({first}, ARRAY[3], ARRAY[-2147483648])"]

    def _composites(self, relation, name):
        columns = [oid for (oid,) in self._connection.execute(
            "SELECT atttypid::int8 FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum", (relation,))]
        rows = [["NULL"] * len(columns)]
        for turn in (0, 1, -1):
            rows.append([(self.of(oid) or ["NULL"])[turn % max(1, len(self.of(oid)))] for oid in columns])
        return self._allowed(f"ROW({', '.join(row)})::{name}" for row in rows)

    def _ranges(self, subtype, name):
        bounds = self.of(subtype)
        pairs = list(zip(bounds, bounds[1:])) + list(zip(bounds[1:], bounds))
        return self._allowed([f"'empty'::{name}", f"{name}(NULL, NULL)", *(f"{name}({bound}, NULL, '(]')" for bound in bounds[:3]),
                              *(f"{name}(NULL, {bound}, '[]')" for bound in bounds[-3:]),
                              *(f"{name}({low}, {high}, '{kind}')" for (low, high), kind in zip(pairs, ["[)", "(]", "[]", "()"] * len(pairs)))])

    def _multiranges(self, oid, name):
        (range_oid,) = self._connection.execute("SELECT rngtypid::int8 FROM pg_range WHERE rngmultitypid = %s", (oid,)).fetchone()
        ranges = self.of(range_oid)
        return [f"'{{}}'::{name}", *(f"{name}({one})" for one in ranges[:4]), f"{name}({', '.join(ranges[3:])})"]
