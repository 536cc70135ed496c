-- Values and their descriptions as frames may hold them, in every encoding: sound ones, and broken or hostile ones.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
-- a frame that describes a column v of that encoding (column_flags 00, then the detail) and inserts that value
CREATE FUNCTION frame(description text, value text) RETURNS bytea LANGUAGE sql AS
    $$ SELECT ('\x9801010aa170a174a16491' || CASE length(description) WHEN 4 THEN '96' ELSE '97' END || 'a176a17417ff' || description || '90' ||
        '9404010091' || value)::bytea $$;
CREATE FUNCTION try(frame bytea) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    RETURN QUERY SELECT glassflow.decode(frame, false);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN NEXT format('%s %s | %s', SQLSTATE, SQLERRM, detail);
END $$;
CREATE FUNCTION description(encoding integer, detail text) RETURNS text LANGUAGE sql AS $$ SELECT lpad(to_hex(encoding), 2, '0') || '00' || detail $$;
\pset format unaligned

CREATE TABLE sound (number serial, encoding integer, detail text, vals text[]);
INSERT INTO sound (encoding, detail, vals) VALUES
    (10, '02', '{cd04e2,fb,00,d38000000000000000,cf7fffffffffffffff,a34e614e}'),
    (10, '00', '{ff,cf0de0b6b3a7640000}'),
    (10, '12', '{01,d3f21f494c589c0000}'),
    (11, '', '{00,cf000000141dd76000,cf00000002925e7b00,cf000000141dd76001,ff,a178}'),
    (12, '', '{92cf0000000a0eebb000cd7080,9200d1b2a8,920101,9200cde100,92cf000000141dd7600000}'),
    (13, '', '{93000000,930e03cf000000036c966ee0,93f203ff,930bff00,930101cf00000053d1ac1000,93d280000000d280000000d38000000000000000,93ce7fffffffce7fffffffcf7fffffffffffffff,d40201,d402ff}'),
    (14, '', '{82a1629701c0c3d38000000000000000cfffffffffffffffffd604312e3530c722042d313233343536373839303132333435363738393031323334353637383930652d37a16181a0ab71225c2f0a01e280aec3a4,90,80,929080,a8227363616c617222,c40322ff22}'),
    (15, '', '{c40100,c40205a0,c40300ff01,a3313031}'),
    (16, '', '{c405080a000001,c405200a000001,c4050000000000,c4118000000000000000000000000000000001,c4114020010db8000000000000000000000000,c4118000000000000000000000ffff01020304}'),
    (17, '', '{c405080a000000,c405200a000001,c4110000000000000000000000000000000000,c4118000000000000000000000000000000000}'),
    (18, '', '{c406000102030405,c408f8f9fafbfcfdfeff}'),
    (19, '94a17417ff02', '{91c0,94c001c0fe,9392020001c0,9594020102ff01020304,93960101010102010506,a67b746578747d,c401ff}'),
    (19, '94a17419ff00', '{9cc0a3612c62a44e554c4ca46e756c6ca56e756c6c20a0a371225ca11ba17bc401ffc0a2c3a4}'),
    (19, '94a17410ff01', '{93c0c3c2}'),
    (19, '94a17411ff05', '{93c0c4020027c400}'),
    (19, '94a174cd025bff00', '{93c0ab28312c31292c28302c3029ab28322c32292c28312c3129}'),
    (19, '94a174cd0edaff0e', '{94c081a161a3622263a46e756c6c9101}'),
    (20, '9496a161a174cd06a4ce000a00060a0295a3622063a17419ff0095a164a174cd043aff0795a165a7626f6f6c65616e10ff01', '{94cc96a3782079d402ffc3,94c0a0c0c2,94a34e614ea328225c00d7030000000000000000}'),
    (20, '90', '{90}'),
    (21, '94a174cd043aff07', '{9101,9302001f,9118,930600d40201,920a05,921405,ad5b323030302d30312d30312c29}'),
    (21, '94a17419ff00', '{9306a0a2202c,9300a26122a15c}'),
    (22, '94a17417ff02', '{90,9293020105921207}'),
    (19, '95a174cd4000ff149396a172a174cd0f42ff1595a174cd06a4ce000a00060a0295a16aa174cd0edaff0e96a161a17401ff1394a17419ff00', '{94c093930664ccfa81a16ba361226292c0a2785cc093c0a13191c0}'),
    (4, '', '{ca3f000000}');
SELECT regexp_replace(regexp_replace(line, '^relation 1 p.t identity=default [(]v t(.*)[)]$', '\1'), '^insert p.t: ', '    ') AS line
    FROM sound, unnest(vals) WITH ORDINALITY v (value, place), try(frame(description(encoding, detail), value)) WITH ORDINALITY l (line, line_number)
    WHERE place = 1 OR line_number > 1 ORDER BY number, place, line_number;

-- descriptions
SELECT name || ': ' || line FROM (VALUES
    ('no detail of a decimal', '0a00'),
    ('no detail of an array', '1300'),
    ('scale of 19', '0a0013'),
    ('scale below 0', '0a00ff'),
    ('detail of an array is a number', '130005'),
    ('detail with too few elements', '130093a17417ff'),
    ('type within a type is unknown', '130094a17417ff63'),
    ('array of decimals without scale', '130094a174cd06a4ff0a'),
    ('field without a name', '14009190'),
    ('fields are no array', '1400a178'),
    ('field with too few elements', '14009193a161a17417'),
    ('elements of later versions', '1300' || '96a17417ff02c0a178')) cases (name, description), try(frame(description, '91c0')) line WHERE line NOT LIKE 'insert%';
-- 8 types deep, and 9
SELECT try(frame('130095a17401ff1395a17401ff1395a17401ff1395a17401ff1395a17401ff1395a17401ff1395a17401ff1394a17417ff02', '92c091c0'));
SELECT try(frame('130095a17401ff1395a17401ff1395a17401ff1395a17401ff1395a17401ff1395a17401ff1395a17401ff1395a17401ff1394a17417ff02', '91c0'));
SELECT try(frame('1300' || repeat('95a17401ff13', 100000), '91c0'));
-- 1000 types in a column, and 1001
SELECT left(line, 100) FROM (VALUES ('03e8', 1000), ('03e9', 1001), ('ffff', 65535)) v (size, count),
    try(frame('1400dc' || size || repeat('95a161a17417ff02', count), 'c0')) line;

-- values
SELECT name || ': ' || line FROM (VALUES
    ('decimal of 64 bits without a sign', 10, '02', 'cf8000000000000000'),
    ('real for a decimal', 10, '02', 'cb3ff8000000000000'),
    ('real for a time of day', 11, '', 'ca3f800000'),
    ('timetz of one', 12, '', '9101'),
    ('zone of 33 bits', 12, '', '9200cf0000000100000000'),
    ('interval of two', 13, '', '920000'),
    ('months of 33 bits', 13, '', '93ce800000000000'),
    ('microseconds past 63 bits', 13, '', '930000cf8000000000000000'),
    ('real in a document', 14, '', '91cb3ff8000000000000'),
    ('bytes in a document', 14, '', '91c40178'),
    ('number as a key', 14, '', '810101'),
    ('digits that are none', 14, '', '91d504312e'),
    ('digits that are none', 14, '', '91d5043031'),
    ('digits that are none', 14, '', '91c703044e614e'),
    ('no digits', 14, '', '91c70004'),
    ('half an exponent', 14, '', '91c7030431652b'),
    ('unchanged in a document', 14, '', '91d40100'),
    ('document is a number', 14, '', '05'),
    ('no bits at all', 15, '', 'c400'),
    ('8 unused bits', 15, '', 'c4020801'),
    ('unused bits of nothing', 15, '', 'c40101'),
    ('netmask of 33', 16, '', 'c4052101020304'),
    ('netmask of 129', 16, '', 'c4118100000000000000000000000000000000'),
    ('address of 5 bytes', 16, '', 'c406000000000000'),
    ('no address', 17, '', 'c400'),
    ('address of 7 bytes', 18, '', 'c40700000000000000'),
    ('array is a number', 19, '94a17417ff02', '01'),
    ('array without shape', 19, '94a17417ff02', '90'),
    ('shape is a number', 19, '94a17417ff02', '920101'),
    ('shape of no dimension', 19, '94a17417ff02', '929001'),
    ('shape of half a dimension', 19, '94a17417ff02', '92910101'),
    ('shape of 7 dimensions', 19, '94a17417ff02', '929e010101010101010101010101010101'),
    ('length of 0', 19, '94a17417ff02', '91920001'),
    ('length below 0', 19, '94a17417ff02', '9294ff01ff0101'),
    ('lengths too short', 19, '94a17417ff02', '939201010102'),
    ('lengths too long', 19, '94a17417ff02', '9394020102010102'),
    ('lengths that overflow', 19, '94a17417ff02', '9294cf7fffffffffffffff01cf7fffffffffffffff0101'),
    ('lower bound of 33 bits', 19, '94a17417ff02', '929201ce8000000001'),
    ('text among integers', 19, '94a17417ff02', '92c0a131'),
    ('unchanged in an array', 19, '94a17417ff02', '92c0d40100'),
    ('infinite integer', 19, '94a17417ff02', '92c0d40201'),
    ('digits as an integer', 2, '', 'd40431'),
    ('composite of another length', 20, '9195a161a17417ff02', '920102'),
    ('composite is a map', 20, '9195a161a17417ff02', '81a16101'),
    ('range without flags', 21, '94a17417ff02', '90'),
    ('bounds of an empty range', 21, '94a17417ff02', '920101'),
    ('bound too few', 21, '94a17417ff02', '920001'),
    ('bound too many', 21, '94a17417ff02', '93080102'),
    ('flags below 0', 21, '94a17417ff02', '91ff'),
    ('NULL as a bound', 21, '94a17417ff02', '9210c0'),
    ('multirange of numbers', 22, '94a17417ff02', '9101'),
    ('text of a document that is not UTF-8', 14, '', '91a1ff'), ('zero byte in a document', 14, '', '91a100'), ('key that is not UTF-8', 14, '', '81a1ff01'))
    cases (name, encoding, detail, value), try(frame(description(encoding, detail), value)) line WHERE line NOT LIKE 'relation%';
-- a document 200 deep, and 201
SELECT left(line, 80) FROM unnest(ARRAY[200, 201, 100000]) depth, try(frame('0e00', repeat('91', depth - 1) || '90')) line WHERE line NOT LIKE 'relation%';
SELECT left(line, 80) FROM unnest(ARRAY[200, 201]) depth, try(frame('0e00', repeat('81a161', depth - 1) || '80')) line WHERE line NOT LIKE 'relation%';

-- one byte changed: an error or lines, nothing else
SELECT setseed(0.5);
DO $$
DECLARE
    good bytea;
BEGIN
    FOR good IN SELECT frame(description(encoding, detail), value) FROM sound, unnest(vals) value LOOP
        FOR i IN 1 .. 1000 LOOP
            BEGIN
                PERFORM glassflow.decode(set_byte(good, (random() * (length(good) - 1))::integer, (random() * 255)::integer));
            EXCEPTION WHEN invalid_binary_representation THEN
                NULL;
            END;
        END LOOP;
    END LOOP;
END $$;
DROP TABLE sound;
DROP FUNCTION frame(text, text), try(bytea), description(integer, text);
