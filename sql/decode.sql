-- Frames that are broken or hostile: an error that says where, never a crash.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
CREATE FUNCTION try(frame bytea, positions boolean DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    RETURN QUERY SELECT glassflow.decode(frame, positions);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN NEXT format('%s %s | %s', SQLSTATE, SQLERRM, detail);
END $$;
\pset format unaligned

-- nothing in, nothing out
SELECT glassflow.decode(NULL);
SELECT glassflow.decode('');
-- not a frame at all
SELECT try(frame) FROM unnest(ARRAY['\x00', '\xc1', '\x80', '\xa3414243', 'hello, world', '\x90', '\x91c0', '\x91ff', '\x914d', '\x91cfffffffffffffffff']::bytea[]) frame;
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
    ('row', '\x94040100920105'),
    ('null and infinity', '\x940401009201d402ff'),
    ('too few values', '\x940401009101'),
    ('too many values', '\x94040100930102c0'),
    ('wrong type', '\x9404010092a13105'),
    ('float for a date', '\x940401009201ca3f800000'),
    ('unsigned too large for a date', '\x940401009201cfffffffffffffffff'),
    ('a day out of range', '\x940401009201ce7fffffff'),
    ('nested array', '\x9404010092019105'),
    ('unknown extension', '\x940401009201d40900'),
    ('infinity of 2 bytes', '\x940401009201d5020101'),
    ('too large', '\x940401009201d7030000000100000000'),
    ('old row of another length', '\x9505010092010591c0'),
    ('old row no array', '\x95050100920105a0'),
    ('unknown relation', '\x9404090093a16101ca3f800000'),
    ('negative relation id', '\x9404ff00920105'),
    ('relation id of 33 bits', '\x9404cf000000010000000000920105'),
    ('key past the columns', '\x9801020aa170a174a1649196a26964a3696e7417ff02009101'),
    ('unknown encoding', '\x9801020aa170a174a1649196a26964a3696e7417ff630090'),
    ('unknown identity', '\x9801020aa170a174a1789090'),
    ('column too short', '\x9801020aa170a174a1649195a26964a3696e7417ff0290');
SELECT name || ': ' || line FROM frames, try((SELECT frame FROM frames WHERE name = 'relation') || frame) line
    WHERE name <> 'relation' AND line NOT LIKE 'relation%';
-- without its relation a row shows its values, however they are nested
SELECT glassflow.decode('\x94040100920105', false);
SELECT glassflow.decode('\x94040100920105', true);
SELECT try('\x940401009492c0a1618201c2a162d402ff80d60431323334');
SELECT left(try(('\x9404010091' || repeat('91', depth) || 'c0')::bytea), 80) FROM unnest(ARRAY[210, 211, 100000]) depth;
-- positions: distance and index, from commit LSN 0/1000
SELECT name || ': ' || string_agg(regexp_replace(line, 'truncate relation 1 ', ''), ' ' ORDER BY number) FROM (VALUES ('changes of one record', '{ff,00,00}'::text[]),
    ('the first of them filtered out', '{92ff01,00}'), ('back and forth', '{fe,7f,ff}'), ('an index in the next record', '{92ff03,01,00}'),
    ('elements of later versions', '{93ff02a178,00}'), ('no distance', '{90}'), ('no index', '{91ff}'), ('text', '{a130}'), ('nil', '{c0}'),
    ('distance without a sign', '{cfffffffffffffffff}'), ('index of 33 bits', '{92ffcf0000000100000000}'), ('after the largest index', '{92ffceffffffff,00}'),
    ('index below 0', '{92ffff}'), ('before the WAL', '{d1fbff}'), ('its beginning', '{d1fc00}'), ('past its end', '{cf3fffffffffffffff}'),
    ('far past', '{cf7fffffffffffffff}'), ('far before', '{d38000000000000000}')) cases (name, positions),
    try(('\x940201cd100000' || (SELECT string_agg('940701' || position || '00', '') FROM unnest(positions) position))::bytea, true)
    WITH ORDINALITY line (line, number) WHERE line NOT LIKE 'begin%' GROUP BY name ORDER BY name;
-- what would steer a terminal is escaped, what is not UTF-8 is hex
SELECT try('\x95080ac3ac1b5b33316d2722e280aec285c40461000062');
SELECT try('\x95080ac2a2ff41c403ff0041');
-- descriptions are kept in the order frames come, also in FROM; a new session forgets them
SELECT line FROM (VALUES (1, '\x9801010aa170a174a1669296a26964a3696e7417ff020396a164a464617465cd043aff07009100'::bytea), (2, '\x94040100920105'),
    (3, '\x950001a5302e312e30ce00024a04a455544638'), (4, '\x94040100920105')) f (number, frame), glassflow.decode(frame, false) line;
CREATE TABLE good (frame bytea);
INSERT INTO good VALUES ('\x950001a5302e312e30ce00024a04a4555446389402cd02ddce015446b8cf000303dd1e38ac0e980101cd400ba67075626c6963a174a1649796a26964a7696e746567657217ff020396a46e616d65a47465787419ff000096a164a464617465cd043aff070096a27473b874696d657374616d7020776974682074696d65207a6f6e65cd04a0ff090096a16ead6e756d657269632831302c3229cd06a4ce000a0006000096a175a475756964cd0b86ff060096a162a5627974656111ff05009100940401d0bc9701a161cd1c89cf00023e0786c26000a4312e3530c41000000000000000000000000000000001c40200ff9403ce015446b8ce015446e801');
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
DROP FUNCTION try(bytea, boolean);
