"""The second reader against frames made by hand: those of sql/decode_values.sql, so that both readers agree on them."""

import pathlib
import re

import pytest

from frame_reader import FrameReader

SQL = (pathlib.Path(__file__).resolve().parents[2] / "sql" / "decode_values.sql").read_text()
SOUND = re.findall(r"^    \((\d+), '(\w*)', '\{(.*)\}'\)", SQL, re.MULTILINE)
BROKEN_TYPES = re.findall(r"^    \('([^']+)', '(\w+)'\)", SQL, re.MULTILINE)
BROKEN = re.findall(r"\('([^']+)', (\d+), '(\w*)', '(\w*)'\)", SQL)
# What a value may be on the wire and no server has: the SQL reader shows it, this one asserts.
OUT_OF_RANGE = {"cf000000141dd76001", "ff", "9200cde100"}
BEGIN = "950001a5302e312e30ce00024a04a455544638" "940205cd100006"


def read(description, value):
    """The value of a column described in hex: encoding, column_flags, detail."""
    column = ("96" if len(description) == 4 else "97") + "a176a17417ff" + description
    frame = f"{BEGIN}9801010aa170a174a16491{column}90940401ff91{value}"
    return FrameReader().read(bytes.fromhex(frame))[-1]["new"][0]


def read_encoded(encoding, detail, value):
    return read(f"{int(encoding):02x}00{detail}", value)


def test_the_cases_are_found():
    assert len(SOUND) > 20 and len(BROKEN) > 50 and len(BROKEN_TYPES) > 10


def test_sound_values_are_read():
    for encoding, detail, values in SOUND:
        for value in values.split(","):
            if encoding in ("11", "12") and value in OUT_OF_RANGE:
                with pytest.raises(AssertionError):
                    read_encoded(encoding, detail, value)
            else:
                assert read_encoded(encoding, detail, value) is not None


@pytest.mark.parametrize("name, encoding, detail, value", BROKEN)
def test_broken_values_are_refused(name, encoding, detail, value):
    with pytest.raises((AssertionError, ValueError, IndexError, TypeError, KeyError)):
        read_encoded(encoding, detail, value)


@pytest.mark.parametrize("name, description", BROKEN_TYPES)
def test_broken_types_are_refused(name, description):
    with pytest.raises((AssertionError, ValueError, IndexError, TypeError)):
        read(description, "c0")


def test_neutral_forms():
    text, number, moment = "94a17419ff00", "94a17417ff02", "94a174cd043aff07"
    assert read("0a0002", "fb") == {"decimal": "-0.05"}
    assert read("0a0000", "00") == {"decimal": "0"}
    assert read("0a0002", "a34e614e") == {"text": "NaN"}
    assert read("0b00", "cf000000141dd76000") == 86400000000
    assert read("0c00", "9200d1b2a8") == {"timetz": [0, -19800]}
    assert read("0d00", "93f203ff") == {"interval": [-14, 3, -1]}
    assert read("0e00", "82a162d604312e3530a16192a2220ac0") == {"json": '{"b":1.50,"a":["\\"\\n",null]}'}
    assert read("0e00", "82a16101a16102") == {"json": '{"a":1,"a":2}'}
    assert read("0e00", "a22278") == {"text": '"x'}
    assert read("0f00", "c40205a0") == {"bits": "101"}
    assert read("1000", "c405080a000001") == {"inet": [8, "0a000001"]}
    assert read("1100", "c405080a000000") == {"cidr": [8, "0a000000"]}
    assert read("1200", "c406000102030405") == {"macaddr": "000102030405"}
    assert read("1300" + number, "9392020001c0") == {"array": [1, None], "shape": [2, 0]}
    assert read("1300" + text, "92c0c401ff") == {"array": [{"bytes": "ff"}], "shape": None}
    assert read("1300" + number, "c401ff") == {"text_bytes": "ff"}
    assert read("14009295a161" + number[2:] + "95a162" + text[2:], "9201c0") == {"composite": [1, None]}
    assert read("1500" + moment, "930600d40201") == {"range": [6, 0, {"infinity": 1}]}
    assert read("1600" + number, "9293020105921207") == {"multirange": [{"range": [2, 1, 5]}, {"range": [18, 7]}]}
