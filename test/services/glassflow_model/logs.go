// A request of the OTLP receiver -> the flat events that it makes, one per log record.
//
// The request comes as protobuf's own JSON (integers may be strings, ids are base64, enumerations are numbers); unknown
// fields are refused, as Google's parser does.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

type exportRequest struct {
	ResourceLogs []struct {
		Resource struct {
			Attributes             []attribute `json:"attributes"`
			DroppedAttributesCount flexible    `json:"droppedAttributesCount"`
		} `json:"resource"`
		ScopeLogs []struct {
			Scope struct {
				Name                   string      `json:"name"`
				Version                string      `json:"version"`
				Attributes             []attribute `json:"attributes"`
				DroppedAttributesCount flexible    `json:"droppedAttributesCount"`
			} `json:"scope"`
			LogRecords []logRecord `json:"logRecords"`
			SchemaURL  string      `json:"schemaUrl"`
		} `json:"scopeLogs"`
		SchemaURL string `json:"schemaUrl"`
	} `json:"resourceLogs"`
}

type logRecord struct {
	TimeUnixNano           flexible    `json:"timeUnixNano"`
	ObservedTimeUnixNano   flexible    `json:"observedTimeUnixNano"`
	SeverityNumber         flexible    `json:"severityNumber"`
	SeverityText           string      `json:"severityText"`
	Body                   *anyValue   `json:"body"`
	Attributes             []attribute `json:"attributes"`
	DroppedAttributesCount flexible    `json:"droppedAttributesCount"`
	Flags                  flexible    `json:"flags"`
	TraceID                string      `json:"traceId"`
	SpanID                 string      `json:"spanId"`
	EventName              string      `json:"eventName"`
}

type attribute struct {
	Key   string    `json:"key"`
	Value *anyValue `json:"value"`
}

type anyValue struct {
	String *string         `json:"stringValue"`
	Bool   *bool           `json:"boolValue"`
	Int    *flexible       `json:"intValue"`
	Double *float64        `json:"doubleValue"`
	Bytes  []byte          `json:"bytesValue"`
	Array  json.RawMessage `json:"arrayValue"`
	List   json.RawMessage `json:"kvlistValue"`
}

// An integer that is a number or a string.
type flexible string

func (f *flexible) UnmarshalJSON(text []byte) error {
	*f = flexible(strings.Trim(string(text), `"`))
	_, err := strconv.ParseInt(string(*f), 10, 64)
	if err != nil {
		_, err = strconv.ParseUint(string(*f), 10, 64)
	}
	return err
}

func (f flexible) number() uint64 {
	value, _ := strconv.ParseUint(string(f), 10, 64) // checked when it was read
	return value
}

func (m *model) answerRequest(text []byte) []answer {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var request exportRequest
	if err := decoder.Decode(&request); err != nil {
		return []answer{{Outcome: "refused", Status: 400, Error: err.Error()}}
	}
	events, err := flatten(&request)
	if err != nil {
		return []answer{{Outcome: "refused", Status: 500, Error: err.Error()}}
	}
	return m.answerLogs(events)
}

func (m *model) answerLogs(events [][]byte) []answer {
	keys := make([]string, len(events))
	if m.dedupKey != "" {
		for i, one := range events {
			if keys[i] = gjson.GetBytes(one, m.dedupKey).String(); keys[i] == "" {
				return []answer{{Outcome: "refused", Status: 500, Error: "dedup value is empty"}}
			}
		}
	}
	answers := make([]answer, 0, len(events))
	for i, one := range events {
		answers = append(answers, m.answerStored(one, keys[i]))
	}
	return answers
}

func flatten(request *exportRequest) ([][]byte, error) {
	var events [][]byte
	for _, resource := range request.ResourceLogs {
		resourceAttributes, err := flatAttributes(resource.Resource.Attributes)
		if err != nil {
			return nil, err
		}
		for _, scope := range resource.ScopeLogs {
			scopeAttributes, err := flatAttributes(scope.Scope.Attributes)
			if err != nil {
				return nil, err
			}
			for _, record := range scope.LogRecords {
				attributes, err := flatAttributes(record.Attributes)
				if err != nil {
					return nil, err
				}
				body, err := record.Body.text()
				if err != nil {
					return nil, err
				}
				event := map[string]any{
					"timestamp":                flatMoment(record.TimeUnixNano),
					"observed_timestamp":       flatMoment(record.ObservedTimeUnixNano),
					"severity_number":          uint32(record.SeverityNumber.number()),
					"severity_text":            record.SeverityText,
					"body":                     body,
					"flags":                    uint32(record.Flags.number()),
					"dropped_attributes_count": uint32(record.DroppedAttributesCount.number()),
					"resource_attributes":      resourceAttributes,
					"scope_name":               scope.Scope.Name,
					"scope_attributes":         scopeAttributes,
					"attributes":               attributes,
				}
				if scope.Scope.Version != "" {
					event["scope_version"] = scope.Scope.Version
				}
				for name, id := range map[string]string{"trace_id": record.TraceID, "span_id": record.SpanID} {
					if bytes, err := base64.StdEncoding.DecodeString(id); err != nil {
						return nil, err
					} else if strings.Trim(string(bytes), "\x00") != "" {
						event[name] = hex.EncodeToString(bytes)
					}
				}
				text, err := json.Marshal(event)
				if err != nil {
					return nil, err
				}
				events = append(events, text)
			}
		}
	}
	return events, nil
}

func flatMoment(unixNanoseconds flexible) string {
	return time.Unix(0, int64(unixNanoseconds.number())).UTC().Format(time.RFC3339Nano)
}

func flatAttributes(attributes []attribute) (map[string]string, error) {
	flat := make(map[string]string, len(attributes))
	for _, one := range attributes {
		text, err := one.Value.text()
		if err != nil {
			return nil, err
		}
		flat[one.Key] = text
	}
	return flat, nil
}

// GlassFlow makes of arrays and lists the JSON of its own structures, which is of no use to anyone: refused here.
func (v *anyValue) text() (string, error) {
	switch {
	case v == nil:
		return "", nil
	case v.String != nil:
		return *v.String, nil
	case v.Bool != nil:
		return strconv.FormatBool(*v.Bool), nil
	case v.Int != nil:
		return string(*v.Int), nil
	case v.Double != nil:
		return strconv.FormatFloat(*v.Double, 'f', -1, 64), nil
	case v.Bytes != nil:
		return hex.EncodeToString(v.Bytes), nil
	case v.Array != nil || v.List != nil:
		return "", fmt.Errorf("an array or a list of values is not usable as a value")
	}
	return "", nil
}
