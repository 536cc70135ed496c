"""The plugin remembers labels of enums (output_plugin/enum_labels.h): a label that is renamed is seen as it was for each row."""

from frame_reader import FrameReader


def inserted(database):
    frames = database.query("SELECT data FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL)", (database.slot,))
    reader = FrameReader()
    events = [event for (frame,) in frames for event in reader.read(bytes(frame))]
    return [event["new"] for event in events if event["record"] == "insert"]


def test_renamed_labels_are_seen(database):
    database.execute("CREATE TYPE mood AS ENUM ('glad', 'sad')")
    database.execute("CREATE DOMAIN feeling AS mood")
    database.execute("CREATE TABLE t (m mood, f feeling, ms mood[])")
    database.create_slot()
    for statement in (
        "INSERT INTO t VALUES ('glad', 'sad', '{glad}')",
        "ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'",
        "INSERT INTO t VALUES ('happy', 'sad', '{happy}')",
        "BEGIN; INSERT INTO t VALUES ('happy', 'happy'); ALTER TYPE mood RENAME VALUE 'happy' TO 'merry'; INSERT INTO t VALUES ('merry', 'merry'); COMMIT",
        "BEGIN; SAVEPOINT s; ALTER TYPE mood RENAME VALUE 'merry' TO 'never'; INSERT INTO t VALUES ('never', 'never'); ROLLBACK TO s;"
        " INSERT INTO t VALUES ('merry', 'merry'); COMMIT",
        "ALTER TYPE mood ADD VALUE 'new' BEFORE 'sad'",
        "INSERT INTO t VALUES ('new', 'merry')",
        "DROP TABLE t; DROP DOMAIN feeling; DROP TYPE mood",
    ):
        database.execute(statement)
    assert inserted(database) == [
        ["glad", "sad", {"array": ["glad"], "shape": None}], ["happy", "sad", {"array": ["happy"], "shape": None}],
        ["happy", "happy", None], ["merry", "merry", None], ["merry", "merry", None],
        ["new", "merry", None]]


def test_more_labels_than_are_remembered(database):
    labels = [f"{'ä' * (number % 25)} {number}" for number in range(200)]
    with database.connect() as connection:
        connection.execute("CREATE TYPE many AS ENUM (" + ", ".join(f"'{label}'" for label in labels) + ")")
        connection.execute("CREATE TABLE t (id integer, m many)")
        database.create_slot()
        connection.execute("INSERT INTO t SELECT i, (enum_range(NULL::many))[1 + i * 37 % 200] FROM generate_series(0, 999) i")
    assert inserted(database) == [[i, labels[i * 37 % 200]] for i in range(1000)]
