-- Frames that are broken or hostile: an error that says where, never a crash.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
CREATE FUNCTION try(frame bytea) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    RETURN QUERY SELECT glassflow.decode(frame, false);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN NEXT format('%s %s | %s', SQLSTATE, SQLERRM, detail);
END $$;
\pset format unaligned

-- nothing in, nothing out
SELECT glassflow.decode(NULL);
SELECT glassflow.decode('');
-- not a frame at all
SELECT try(frame) FROM unnest(ARRAY['\x00', '\xc1', '\x80', '\xa3414243', 'hello, world', '\x90', '\x91c0', '\x91ff', '\x9109', '\x91cfffffffffffffffff']::bytea[]) frame;
-- cut off everywhere
SELECT count(*), count(*) FILTER (WHERE line LIKE '22P03%') AS refused FROM generate_series(1, 17) length,
    try(substring('\x950001a5302e312e30ce00024a04a455544638'::bytea FROM 1 FOR length)) line;
-- lengths that lie: array32, map32, str32, bin32, ext32 of 4 billion
SELECT try(frame) FROM unnest(ARRAY['\xddffffffff', '\x9500dfffffffff', '\x950001dbffffffff', '\x950001c6ffffffff', '\x950001c9ffffffff05',
    '\x970101ddffffffff', '\x98010101a161a162a166ddffffffff']::bytea[]) frame;
-- a version nobody knows yet
SELECT try('\x950002a5302e312e30ce00024a04a455544638');
-- elements of later versions are passed over, however deep
SELECT try('\x960001a3312e30ce00024a04a45554463893c081a161c4020001d60500000000');
SELECT try(('\x960001a3312e30ce00024a04a455544638' || repeat('91', 100000) || 'c0')::bytea);
-- a relation and rows that do not match it
CREATE TABLE frames (name text, frame bytea);
INSERT INTO frames VALUES
    ('relation', '\x9801010aa170a174a1669296a26964a3696e7417ff020396a164a464617465cd043aff07009100'),
    ('row', '\x9504010000920105'),
    ('null and infinity', '\x95040100009201d402ff'),
    ('too few values', '\x95040100009101'),
    ('too many values', '\x9504010000930102c0'),
    ('wrong type', '\x950401000092a13105'),
    ('float for a date', '\x95040100009201ca3f800000'),
    ('unsigned too large for a date', '\x95040100009201cfffffffffffffffff'),
    ('a day out of range', '\x95040100009201ce7fffffff'),
    ('nested array', '\x950401000092019105'),
    ('unknown extension', '\x95040100009201d40900'),
    ('infinity of 2 bytes', '\x95040100009201d5020101'),
    ('too large', '\x95040100009201d7030000000100000000'),
    ('old row of another length', '\x960501000092010591c0'),
    ('old row no array', '\x9605010000920105a0'),
    ('unknown relation', '\x950409000093a16101ca3f800000'),
    ('negative relation id', '\x9504ff0000920105'),
    ('relation id of 33 bits', '\x9504cf00000001000000000000920105'),
    ('key past the columns', '\x9801020aa170a174a1649196a26964a3696e7417ff02009101'),
    ('unknown encoding', '\x9801020aa170a174a1649196a26964a3696e7417ff630090'),
    ('unknown identity', '\x9801020aa170a174a1789090'),
    ('column too short', '\x9801020aa170a174a1649195a26964a3696e7417ff0290');
SELECT name || ': ' || line FROM frames, try((SELECT frame FROM frames WHERE name = 'relation') || frame) line
    WHERE name <> 'relation' AND line NOT LIKE 'relation%';
-- without its relation a row shows its values
SELECT glassflow.decode('\x9504010000920105', false);
SELECT glassflow.decode('\x9504010000920105', true);
-- what would steer a terminal is escaped, what is not UTF-8 is hex
SELECT try('\x95080ac3ac1b5b33316d2722e280aec285c40461000062');
SELECT try('\x95080ac2a2ff41c403ff0041');
-- descriptions are kept in the order frames come, also in FROM; a new session forgets them
SELECT line FROM (VALUES (1, '\x9801010aa170a174a1669296a26964a3696e7417ff020396a164a464617465cd043aff07009100'::bytea), (2, '\x9504010000920105'),
    (3, '\x950001a5302e312e30ce00024a04a455544638'), (4, '\x9504010000920105')) f (number, frame), glassflow.decode(frame, false) line;
CREATE TABLE good (frame bytea);
INSERT INTO good VALUES ('\x950001a5302e312e30ce00024a04a4555446389402cd02ddce015446b8cf000303dd1e38ac0e980101cd400ba67075626c6963a174a1649796a26964a7696e746567657217ff020396a46e616d65a47465787419ff000096a164a464617465cd043aff070096a27473b874696d657374616d7020776974682074696d65207a6f6e65cd04a0ff090096a16ead6e756d657269632831302c3229cd06a4ce000a0006000096a175a475756964cd0b86ff060096a162a5627974656111ff05009100950401d1fef0009701a161cd1c89cf00023e0786c26000a4312e3530c41000000000000000000000000000000001c40200ff9403ce015446b8ce015446e801');
-- the frame for the next test is good
SELECT glassflow.decode(frame) FROM good;
-- random bytes, and good frames with one byte changed: an error or lines, nothing else
SELECT setseed(0.5);
DO $$
DECLARE
    good bytea := (SELECT frame FROM good);
    i integer;
BEGIN
    FOR i IN 0 .. 20000 LOOP
        BEGIN
            PERFORM glassflow.decode(set_byte(good, (random() * (length(good) - 1))::integer, (random() * 255)::integer));
        EXCEPTION WHEN invalid_binary_representation THEN
            NULL;
        END;
    END LOOP;
    FOR i IN 0 .. 20000 LOOP
        BEGIN
            PERFORM glassflow.decode(decode(md5(random()::text) || md5(random()::text), 'hex'));
        EXCEPTION WHEN invalid_binary_representation THEN
            NULL;
        END;
    END LOOP;
END $$;
DROP TABLE frames, good;
DROP FUNCTION try;
