// The way of an event through a pipeline: ingest validation, deduplication key, filter, deduplication, stateless
// transform, sink. Each step either passes the event on or ends its way with an answer.
package main

import (
	"errors"
	"fmt"

	"github.com/tidwall/gjson"
)

type answer struct {
	Outcome   string         `json:"outcome"`
	Row       map[string]any `json:"row,omitempty"`
	Component string         `json:"component,omitempty"`
	Error     string         `json:"error,omitempty"`
	Status    int            `json:"status,omitempty"`
}

type model struct {
	isLogs      bool
	fields      []field
	dedupKey    string
	seen        map[string]bool
	filter      *filter
	transformer *transformer
	sink        *sink
}

func newModel(text []byte) (*model, error) {
	parsed, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	made := &model{isLogs: parsed.Sources[0].Type == "otlp.logs", seen: map[string]bool{}}
	if made.fields, err = sourceFields(parsed.Sources[0]); err != nil {
		return nil, err
	}
	for _, one := range parsed.Transforms {
		if one.SourceID != parsed.Sources[0].SourceID {
			return nil, fmt.Errorf("a transform is of source %q, which there is not", one.SourceID)
		}
		if err := made.addTransform(one); err != nil {
			return nil, fmt.Errorf("transform %s: %w", one.Type, err)
		}
	}
	if made.isLogs && made.dedupKey == "" && (made.filter != nil || made.transformer != nil) {
		return nil, errors.New("a source of type otlp.logs has a filter or a stateless transform, but no deduplication")
	}
	sinkFields := made.fields
	if made.transformer != nil {
		sinkFields = made.transformer.fields()
	}
	made.sink, err = newSink(parsed.Sink.Mapping, sinkFields)
	return made, err
}

func (m *model) addTransform(given transform) (err error) {
	switch given.Type {
	case "dedup":
		if m.dedupKey != "" {
			return errors.New("there is another one")
		}
		if err := checkWindow(given.Config.TimeWindow); err != nil {
			return err
		}
		if given.Config.Key == "" || (!m.isLogs && !hasField(m.fields, given.Config.Key)) {
			return fmt.Errorf("key %q is not a declared field", given.Config.Key)
		}
		m.dedupKey = given.Config.Key
	case "filter":
		if m.filter != nil {
			return errors.New("there is another one")
		}
		m.filter, err = newFilter(given.Config.Expression, m.fields)
	case "stateless":
		if m.transformer != nil {
			return errors.New("there is another one")
		}
		m.transformer, err = newTransformer(given.Config.Transforms, m.fields)
	default:
		return errors.New("there is no such transform")
	}
	return err
}

func (m *model) answer(given event) []answer {
	if m.isLogs && given.Log != nil {
		return m.answerLogs([][]byte{given.Log})
	}
	if m.isLogs {
		if given.Request == nil {
			return []answer{{Outcome: "refused", Status: 400, Error: "the event is not a request"}}
		}
		return m.answerRequest(given.Request)
	}
	if given.Value == nil {
		return []answer{deadLetter("ingestor", errors.New("invalid JSON message"))}
	}
	return []answer{m.answerRecord([]byte(*given.Value))}
}

func (m *model) answerRecord(value []byte) answer {
	if err := validate(value, m.fields); err != nil {
		return deadLetter("ingestor", err)
	}
	if err := checkStrictly(value); err != nil {
		return deadLetter("ingestor", err)
	}
	key := ""
	if m.dedupKey != "" {
		found := fieldValue(gjson.ParseBytes(value), m.dedupKey).Value()
		if found == nil {
			return deadLetter("ingestor", errors.New("deduplication key is nil"))
		}
		key = fmt.Sprintf("%v", found)
	}
	return m.answerStored(value, key)
}

// The way from the ingest stream on; the key is empty when nothing is deduplicated.
func (m *model) answerStored(value []byte, key string) answer {
	if m.filter != nil {
		keep, err := m.filter.keeps(value)
		if err != nil {
			return deadLetter("filter", err)
		}
		if !keep {
			return answer{Outcome: "filtered"}
		}
	}
	if m.dedupKey != "" {
		if m.seen[key] {
			return answer{Outcome: "duplicate"}
		}
		m.seen[key] = true
	}
	if m.transformer != nil {
		transformed, err := m.transformer.apply(value)
		if err != nil {
			return deadLetter("stateless", err)
		}
		value = transformed
	}
	row, err := m.sink.row(value)
	if err != nil {
		return deadLetter("sink", err)
	}
	return answer{Outcome: "row", Row: row}
}

// GlassFlow would take the event, but store something else than it says.
type strictError string

func (e strictError) Error() string { return string(e) }

func alters(format string, values ...any) error { return strictError(fmt.Sprintf(format, values...)) }

func deadLetter(component string, err error) answer {
	if strict := strictError(""); errors.As(err, &strict) {
		component = "strict"
	}
	return answer{Outcome: "dead_letter", Component: component, Error: err.Error()}
}
