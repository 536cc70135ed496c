"""The strict model of GlassFlow keeps to the examples of the contract, or nothing that is tested with it means anything."""

import json

import pytest

from services import glassflow_etl


def test_the_model_itself():
    assert "ok" in glassflow_etl.go("test", ".")
    glassflow_etl.go("vet", ".")


def test_a_pipeline_that_glassflow_would_refuse(tmp_path):
    document = json.loads((glassflow_etl.SOURCES / "testdata" / "flat.json").read_text())
    document["sink"]["mapping"][0]["column_type"] = "Decimal(10, 2)"
    with pytest.raises(glassflow_etl.RefusedPipeline, match="unsupported ClickHouse column type"):
        glassflow_etl.answers(tmp_path, document, [])


def test_a_value_that_the_column_does_not_take(tmp_path):
    document = json.loads((glassflow_etl.SOURCES / "testdata" / "flat.json").read_text())
    columns = {"id": "Int64", "amount": "String", "created_at": "DateTime64(6)", "tags": "Array(String)", "doc": "UUID", "_version": "UInt64", "_is_deleted": "UInt8"}
    event = {"_op": "c", "_event_id": "0/1-0", "_version": 1, "_is_deleted": 0, "id": 1, "amount": "1.0", "created_at": "2024-02-29T12:34:56Z", "tags": [], "doc": "x"}
    (answer,) = glassflow_etl.answers(tmp_path, document, [json.dumps(event)], columns)
    assert answer == {"outcome": "dead_letter", "component": "sink", "error": "failed to append column doc: a text into UUID"}
    with pytest.raises(AssertionError, match="1 of 1 events are refused"):
        glassflow_etl.rows(tmp_path, document, [json.dumps(event)], columns)
    event["doc"] = "0b2a7c1e-5d4f-4a3b-9c8d-7e6f5a4b3c2d"
    (row,) = glassflow_etl.rows(tmp_path, document, [json.dumps(event)], columns)
    assert row["created_at"] == "2024-02-29T12:34:56Z" and row["id"] == 1
