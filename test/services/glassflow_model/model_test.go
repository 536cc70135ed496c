// The model against the examples of the contract, and each rule once with what breaks it.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

func load(t *testing.T, path string, edits ...string) *model {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	made, err := newModel([]byte(strings.NewReplacer(edits...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func record(value string) event { return event{Value: &value} }

func expectRow(t *testing.T, made *model, given event, wanted string) {
	t.Helper()
	got := made.answer(given)
	if len(got) != 1 || got[0].Outcome != "row" {
		t.Fatalf("no row but %+v", got)
	}
	text, _ := json.Marshal(got[0].Row)
	var left, right map[string]any
	if json.Unmarshal(text, &left) != nil || json.Unmarshal([]byte(wanted), &right) != nil || !reflect.DeepEqual(left, right) {
		t.Errorf("got  %s\nwant %s", text, wanted)
	}
	for _, exact := range []string{"9223372036854775807", "23803720"} { // beyond what a double tells apart
		if strings.Contains(wanted, exact) != strings.Contains(string(text), exact) {
			t.Errorf("%s is not told alike: %s", exact, text)
		}
	}
}

func expectDeadLetter(t *testing.T, made *model, value, component, reason string) {
	t.Helper()
	got := made.answer(record(value))[0]
	if got.Outcome != "dead_letter" || got.Component != component || !strings.Contains(got.Error, reason) {
		t.Errorf("%s: %+v, not a dead letter of %s about %q", value, got, component, reason)
	}
}

func TestRowsOfTheEnvelope(t *testing.T) {
	made := load(t, "testdata/envelope.json")
	expectRow(t, made, record(`{"_op":"u","_event_id":"0/16B3748-0","_version":"23803720","data":{"id":"9223372036854775807","nick":null,"score":null,"active":null,"seen_at":null,"tags":null}}`),
		`{"_version":23803720,"_is_deleted":0,"id":9223372036854775807,"nick":null,"score":null,"active":null,"seen_at":null,"tags":[],"row_json":"{\n  \"active\": null,\n  \"id\": \"9223372036854775807\",\n  \"nick\": null,\n  \"score\": null,\n  \"seen_at\": null,\n  \"tags\": null\n}"}`)
	expectRow(t, made, record(`{"_op":"c","_event_id":"e","_version":"23803721","data":{"id":"7","nick":"x","score":2,"active":false,"seen_at":"2024-02-29T12:34:56.123456+02:00","tags":["a"]}}`),
		`{"_version":23803721,"_is_deleted":0,"id":7,"nick":"x","score":2,"active":false,"seen_at":"2024-02-29T12:34:56.123456+02:00","tags":["a"],"row_json":"{\n  \"active\": false,\n  \"id\": \"7\",\n  \"nick\": \"x\",\n  \"score\": 2,\n  \"seen_at\": \"2024-02-29T12:34:56.123456+02:00\",\n  \"tags\": [\n    \"a\"\n  ]\n}"}`)
	expectRow(t, made, record(`{"_op":"d","_event_id":"f","_version":"23803722","data":{"id":"7"}}`),
		`{"_version":23803722,"_is_deleted":1,"id":7,"nick":null,"score":null,"active":null,"seen_at":null,"tags":[],"row_json":"{\n  \"id\": \"7\"\n}"}`)
}

func TestDropped(t *testing.T) {
	made := load(t, "testdata/envelope.json")
	const row = `{"_op":"c","_event_id":"e","_version":"1","data":{"id":"7"}}`
	for i, wanted := range []string{"row", "duplicate"} {
		if got := made.answer(record(row))[0]; got.Outcome != wanted {
			t.Errorf("time %d: %+v", i, got)
		}
	}
	if got := made.answer(record(`{"_op":"t","_event_id":"g","_version":"2","data":{}}`))[0]; got.Outcome != "filtered" {
		t.Errorf("%+v", got)
	}
}

func TestRowOfTheFlatForm(t *testing.T) {
	expectRow(t, load(t, "testdata/flat.json"),
		record(`{"_op":"u","_event_id":"0/16B3748-0","_version":23803720,"_is_deleted":0,"id":9223372036854775807,"amount":"12.3400","created_at":"2024-02-29T12:34:56.123456Z","tags":["a","b"],"doc":"{\"k\":1}"}`),
		`{"_version":23803720,"_is_deleted":0,"id":9223372036854775807,"amount":"12.3400","created_at":"2024-02-29T12:34:56.123456Z","tags":["a","b"],"doc":"{\"k\":1}"}`)
}

func TestRowOfALogRecord(t *testing.T) {
	request, err := os.ReadFile("testdata/request.json")
	if err != nil {
		t.Fatal(err)
	}
	made := load(t, "testdata/logs.json")
	expectRow(t, made, event{Request: request}, `{"_version":23803720,"_is_deleted":0,"id":42,"nick":null}`)
	if got := made.answer(event{Request: request}); len(got) != 1 || got[0].Outcome != "duplicate" {
		t.Errorf("%+v", got)
	}
	without := strings.ReplaceAll(string(request), "event_id", "other")
	if got := made.answer(event{Request: []byte(without)}); got[0].Status != 500 || got[0].Error != "dedup value is empty" {
		t.Errorf("%+v", got)
	}
	if got := made.answer(event{Request: []byte(`{"resource_logs":[]}`)}); got[0].Status != 400 {
		t.Errorf("%+v", got)
	}
}

func TestFlattenedLogRecord(t *testing.T) {
	text, err := os.ReadFile("testdata/request.json")
	if err != nil {
		t.Fatal(err)
	}
	var request exportRequest
	if err := json.Unmarshal(text, &request); err != nil {
		t.Fatal(err)
	}
	events, err := flatten(&request)
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	var got, wanted map[string]any
	_ = json.Unmarshal(events[0], &got)
	_ = json.Unmarshal([]byte(`{"timestamp":"2024-02-29T12:34:56.123456Z","observed_timestamp":"1970-01-01T00:00:00Z","severity_number":9,"severity_text":"UPDATE","body":"{\"id\":\"42\",\"nick\":null}","flags":0,"dropped_attributes_count":0,"resource_attributes":{"service.name":"pg-collector"},"scope_name":"public.orders","scope_attributes":{},"attributes":{"event_id":"0/16B3748-0","lsn":"23803720"}}`), &wanted)
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("%s", events[0])
	}
}

func TestDeadLetters(t *testing.T) {
	const rest = `"_op":"c","_event_id":"x","_version":1,"_is_deleted":0,"amount":"1","created_at":"2024-02-29","tags":[],"doc":""}`
	for _, one := range []struct{ value, component, reason string }{
		{`{` + rest, "ingestor", "field 'id' is missing in the message"},
		{`{"id":null,` + rest, "ingestor", "field 'id' type validation failed: expected number, got Null"},
		{`{"id":"7",` + rest, "ingestor", "expected number, got String"},
		{`[{"id":7,` + rest + `]`, "ingestor", "invalid JSON message"},
		{``, "ingestor", "invalid JSON message"},
		{`null`, "ingestor", "invalid JSON message"},
		{`{"id":7,` + rest + `x`, "strict", "not JSON"},
		{`{"id":7,"id":7,` + rest, "strict", "a key occurs twice"},
		{`{"id":7,"other":[{"a":1,"b":{"a":1},"a":2}],` + rest, "strict", "a key occurs twice"},
		{"{\"id\":7,\"other\":\"\xff\"," + rest, "strict", "not UTF-8"},
		{`{"id":1.5,` + rest, "strict", "Number 1.5 is stored as 1"},
		{`{"id":9223372036854775808,` + rest, "strict", "is stored as"},
		{`{"id":7,` + strings.Replace(rest, "2024-02-29", "infinity", 1), "sink", "unable to parse datetime"},
		{`{"id":7,` + strings.Replace(rest, `"_version":1`, `"_version":-1`, 1), "strict", "is stored as 18446744073709551615"},
		{`{"id":7,` + strings.Replace(rest, `"_is_deleted":0`, `"_is_deleted":256`, 1), "sink", "out of range of UInt8"},
	} {
		expectDeadLetter(t, load(t, "testdata/flat.json"), one.value, one.component, one.reason)
	}
	made := load(t, "testdata/envelope.json")
	expectDeadLetter(t, made, `{"_op":"c","_event_id":"1","_version":"1","data":{"id":"x"}}`, "stateless", "run transformation")
	expectDeadLetter(t, made, `{"_op":"c","_event_id":"2","_version":"x","data":{"id":"1"}}`, "stateless", "run transformation 0")
	expectDeadLetter(t, made, `{"_op":"c","_event_id":"3","_version":"1","data":{"id":"1","seen_at":"0044-03-15 BC"}}`, "sink", "unable to parse datetime")
}

func TestMoments(t *testing.T) {
	for _, text := range strings.Split(`2024-02-29T12:34:56Z|2024-02-29T12:34:56.123456789Z|2024-02-29T12:34:56+05:30|2024-02-29T12:34:56|2024-02-29T12:34:56.5|2024-02-29 12:34:56|2024-02-29 12:34:56.123456|2024-02-29|Thu, 29 Feb 2024 12:34:56 UTC|Thu, 29 Feb 2024 12:34:56 +0100|29 Feb 24 12:34 UTC|29 Feb 24 12:34 +0100|Thursday, 29-Feb-24 12:34:56 UTC|Thu Feb 29 12:34:56 2024|02/29/2024|29/02/2024|29.02.2024|02.29.2024|2024/02/29|Feb 29, 2024|29 Feb 2024`, "|") {
		if moment, err := parseMoment(text); err != nil || moment.UTC().Format("2006-01-02") != "2024-02-29" {
			t.Errorf("%s: %v %v", text, moment, err)
		}
	}
	for text, wanted := range map[string]string{"01/02/2006": "2006-01-02", "01.02.2006": "2006-02-01"} {
		if moment, err := parseMoment(text); err != nil || moment.Format("2006-01-02") != wanted {
			t.Errorf("%s: %v %v", text, moment, err)
		}
	}
	for _, text := range strings.Split(`2024-02-29 12:34:56+00|2024-02-29T12:34:56+0200|2024-02-29 12:34:56Z|2024-02-29 12:34:56+00:00|infinity|-infinity|0044-03-15 BC|10000-01-01T00:00:00Z|2024-02-29T24:00:00Z|2024-02-29T23:59:60Z|12:34:56|2023-02-29|`, "|") {
		if moment, err := parseMoment(text); err == nil {
			t.Errorf("%s is read as %v", text, moment)
		}
	}
}

// Under five names of output types nil becomes a zero; under the others it stays nil.
func TestNullOfTheOutputTypes(t *testing.T) {
	for outputType, wanted := range map[string]any{
		"string": "", "int": int64(0), "int64": int64(0), "float64": json.Number("0.0"), "bool": false,
		"bytes": nil, "int32": nil, "uint": nil, "uint64": nil, "float32": nil, "boolean": nil, "array": nil, "map": nil,
	} {
		if got, err := coerce(nil, outputType); err != nil || got != wanted {
			t.Errorf("%s: %v %v", outputType, got, err)
		}
	}
}

func TestRefusedDocuments(t *testing.T) {
	for _, one := range []struct{ path, what, with, reason string }{
		{"envelope.json", `"name": "ver", "column_name"`, `"name": "_version", "column_name"`, "mapping field \"_version\" not found in schema"},
		{"envelope.json", `"column_type": "DateTime64"`, `"column_type": "Nullable(String)"`, "unsupported ClickHouse column type"},
		{"envelope.json", `"column_type": "DateTime64"`, `"column_type": "Decimal(10, 2)"`, "unsupported ClickHouse column type"},
		{"envelope.json", `data?.nick`, `nick`, "unknown name nick"},
		{"envelope.json", `data?.nick`, `splitStr(data?.nick, \"a\")`, "unknown name splitStr"},
		{"envelope.json", `"type": "map"`, `"type": "int64"`, "unknown field type"},
		{"envelope.json", `"type": "map"`, `"type": "datetime"`, "which the sink cannot read"},
		{"envelope.json", `"key": "_event_id"`, `"key": "id"`, "is not a declared field"},
		{"envelope.json", `"24h"`, `"1 day"`, "is not a duration"},
		{"envelope.json", `_op in [\"r\",\"c\",\"u\",\"d\"]`, `data.x == 1`, "transform filter"},
		{"envelope.json", `_op in [\"r\",\"c\",\"u\",\"d\"]`, `_op`, "not a boolean"},
		{"logs.json", `scope_name ==`, `attributes[\"table\"] ==`, "transform filter"},
		{"logs.json", `"type": "otlp.logs"`, `"type": "otlp.logs", "schema_fields": [{"name": "a", "type": "string"}]`, "has schema_fields"},
		{"logs.json", `"type": "dedup"`, `"type": "distinct"`, "no such transform"},
	} {
		text, err := os.ReadFile("testdata/" + one.path)
		if err != nil {
			t.Fatal(err)
		}
		edited := strings.ReplaceAll(string(text), one.what, one.with)
		if edited == string(text) {
			t.Fatalf("%s is not in %s", one.what, one.path)
		}
		if _, err := newModel([]byte(edited)); err == nil || !strings.Contains(err.Error(), one.reason) {
			t.Errorf("%s -> %s: %v", one.what, one.with, err)
		}
	}
}

// One source field feeds one column: of two mappings the later wins.
func TestFieldMappedTwice(t *testing.T) {
	made := load(t, "testdata/flat.json", `"name": "doc", "column_name"`, `"name": "amount", "column_name"`)
	expectRow(t, made, record(`{"_op":"u","_event_id":"i","_version":1,"_is_deleted":0,"id":1,"amount":"12.3400","created_at":"2024-02-29","tags":[],"doc":""}`),
		`{"_version":1,"_is_deleted":0,"id":1,"amount":null,"created_at":"2024-02-29T00:00:00Z","tags":[],"doc":"12.3400"}`)
}

func TestColumns(t *testing.T) {
	parse := func(text string) any {
		var value any
		_ = json.Unmarshal([]byte(text), &value)
		return value
	}
	day, _ := parseMoment("1969-12-31")
	late, _ := parseMoment("2262-01-01")
	for _, one := range []struct {
		column columnType
		value  any
		fits   bool
	}{
		{"String", "x", true}, {"Nullable(String)", nil, true}, {"String", nil, false}, {"LowCardinality(Nullable(String))", nil, true},
		{"UUID", "0b2a7c1e-5d4f-4a3b-9c8d-7e6f5a4b3c2d", true}, {"UUID", "x", false}, {"Date32", "1969-12-31", true}, {"Date", "1969-12-31", false},
		{"Date32", "1969-12-31 BC", false}, {"DateTime64(6, 'UTC')", day, true}, {"DateTime64(6, 'UTC')", late, false}, {"DateTime", day, false},
		{"Enum8('a' = 1, 'it\\'s' = 2)", "it's", true}, {"Enum8('a' = 1)", "b", false}, {"IPv4", "10.0.0.1", true}, {"IPv4", "10.0.0.0/8", false}, {"IPv6", "::1", true},
		{"Array(String)", parse(`["a"]`), true}, {"Array(String)", parse(`["a",null]`), false}, {"Array(Nullable(Int32))", parse(`[1,null]`), true},
		{"Array(Array(Int8))", parse(`[[1],[-128]]`), true}, {"Array(Int8)", parse(`[128]`), false}, {"Array(Int64)", parse(`[9007199254740993]`), false}, {"Array(Bool)", parse(`["t"]`), false},
		{"Array(String)", parse(`[["a"]]`), false}, {"Int32", int64(1 << 31), false}, {"Int64", int64(1 << 31), true}, {"UInt64", uint64(1 << 63), true}, {"Float32", float32(1), true},
		{"Decimal(10, 2)", "1.00", false}, {"Map(String, String)", map[string]string{}, true}, {"FixedString(3)", "äb", true}, {"FixedString(3)", "äöb", false}, {"JSON", "{", false},
	} {
		if err := one.column.check(one.value); (err == nil) != one.fits {
			t.Errorf("%s %v: %v", one.column, one.value, err)
		}
	}
}
