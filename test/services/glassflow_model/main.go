// A strict model of GlassFlow's ETL (v3): a pipeline document and events -> what becomes of each event.
//
//	glassflow_model PIPELINE.json [COLUMNS.json] < events > answers
//
// Both streams are JSON lines. An event is {"value": "the Kafka record's value"} or, for a source of type otlp.logs,
// {"request": {an ExportLogsServiceRequest as protobuf's JSON}} or {"log": {what the receiver made of a record}}. A
// request has an answer per log record (or one, when the receiver refuses all of it), every other event has one:
//
//	{"outcome":"row","row":{"column":value}}          what is inserted into ClickHouse
//	{"outcome":"filtered"}  {"outcome":"duplicate"}   dropped on purpose
//	{"outcome":"dead_letter","component":"ingestor","error":"field 'x' is missing in the message"}
//	{"outcome":"refused","status":500,"error":"dedup value is empty"}
//
// A document that GlassFlow's API would refuse ends the program with exit code 2. COLUMNS.json is {"column": "ClickHouse
// type"}: with it, each value is also held against the type of the real column, as the ClickHouse driver does on append.
//
// It follows the written contract of GlassFlow 3.2 with the libraries GlassFlow itself uses for JSON and expressions,
// and is stricter where GlassFlow is careless: what would be stored altered (an integer that wraps, a key that occurs
// twice, trailing garbage) is a dead letter of the component "strict".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

const maxEventBytes = 256 << 20

type event struct {
	Value   *string         `json:"value"`
	Request json.RawMessage `json:"request"`
	Log     json.RawMessage `json:"log"`
}

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fail("usage: glassflow_model PIPELINE.json [COLUMNS.json] < events > answers")
	}
	document, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err.Error())
	}
	model, err := newModel(document)
	if err != nil {
		fail("the pipeline is refused: " + err.Error())
	}
	if len(os.Args) == 3 {
		columns, err := os.ReadFile(os.Args[2])
		if err != nil {
			fail(err.Error())
		}
		if err := model.setColumns(columns); err != nil {
			fail("the columns are refused: " + err.Error())
		}
	}
	if err := answerAll(model); err != nil {
		fail(err.Error())
	}
}

func answerAll(model *model) error {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, maxEventBytes)
	out := bufio.NewWriter(os.Stdout)
	for in.Scan() {
		var given event
		if err := json.Unmarshal(in.Bytes(), &given); err != nil {
			return fmt.Errorf("an input line is not an event: %w", err)
		}
		for _, one := range model.answer(given) {
			text, err := json.Marshal(one)
			if err != nil {
				return err
			}
			if _, err := out.Write(append(text, '\n')); err != nil {
				return err
			}
		}
		// One answer per question at once: a test may talk with the model line by line.
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return in.Err()
}

func fail(reason string) {
	fmt.Fprintln(os.Stderr, "glassflow_model: "+reason)
	os.Exit(2)
}
