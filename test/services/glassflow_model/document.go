// A pipeline document of version v3 -> the parts that decide about events, or the reason why the API refuses it.
//
// Only rules that concern events are here: names and types of fields, expressions that compile, mappings that lead
// somewhere. Properties that merely connect things (brokers, replicas) are read by nobody here.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

type field struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type source struct {
	Type           string          `json:"type"`
	SourceID       string          `json:"source_id"`
	SchemaFields   []field         `json:"schema_fields"`
	SchemaRegistry json.RawMessage `json:"schema_registry"`
}

type transform struct {
	Type     string `json:"type"`
	SourceID string `json:"source_id"`
	Config   struct {
		Key        string   `json:"key"`
		TimeWindow string   `json:"time_window"`
		Expression string   `json:"expression"`
		Transforms []output `json:"transforms"`
	} `json:"config"`
}

// One output of a stateless transform.
type output struct {
	Expression string `json:"expression"`
	Name       string `json:"output_name"`
	Type       string `json:"output_type"`
}

type mapping struct {
	Name       string `json:"name"`
	ColumnName string `json:"column_name"`
	ColumnType string `json:"column_type"`
}

type document struct {
	Version    string      `json:"version"`
	Sources    []source    `json:"sources"`
	Transforms []transform `json:"transforms"`
	Sink       struct {
		Mapping []mapping `json:"mapping"`
	} `json:"sink"`
}

// What a type is checked as, and read as by the sink. Others than these stand for themselves and end badly later.
func basicType(name string) string {
	switch name {
	case "string", "bytes":
		return "string"
	case "int", "int8", "int16", "int32", "int64", "integer":
		return "int"
	case "uint", "uint8", "uint16", "uint32", "uint64":
		return "uint"
	case "float", "float32", "float64", "number":
		return "float"
	case "bool", "boolean":
		return "bool"
	case "map", "object":
		return "map"
	}
	return name
}

// The fields of every event of a source of type otlp.logs.
var logFields = []field{
	{"timestamp", "string"}, {"observed_timestamp", "string"}, {"severity_number", "uint"}, {"severity_text", "string"},
	{"body", "string"}, {"trace_id", "string"}, {"span_id", "string"}, {"flags", "uint"}, {"dropped_attributes_count", "uint"},
	{"resource_attributes", "map"}, {"scope_name", "string"}, {"scope_version", "string"}, {"scope_attributes", "map"}, {"attributes", "map"},
}

func parseDocument(text []byte) (*document, error) {
	var parsed document
	if err := json.Unmarshal(text, &parsed); err != nil {
		return nil, err
	}
	if parsed.Version != "v3" {
		return nil, fmt.Errorf("version is %q", parsed.Version)
	}
	if len(parsed.Sources) != 1 {
		return nil, errors.New("the model knows pipelines with one source only")
	}
	return &parsed, nil
}

// The declared fields of the source.
func sourceFields(given source) ([]field, error) {
	switch given.Type {
	case "kafka":
		if len(given.SchemaRegistry) > 0 {
			return nil, errors.New("the model knows no schema registry")
		}
		seen := map[string]bool{}
		for _, one := range given.SchemaFields {
			if one.Name == "" || seen[one.Name] {
				return nil, fmt.Errorf("schema field %q is empty or declared twice", one.Name)
			}
			seen[one.Name] = true
			switch basicType(one.Type) {
			case "string", "int", "uint", "float", "bool", "array", "map":
			default:
				return nil, fmt.Errorf("schema field %q has type %q, which the sink cannot read", one.Name, one.Type)
			}
		}
		return given.SchemaFields, nil
	case "otlp.logs":
		if len(given.SchemaFields) > 0 {
			return nil, errors.New("a source of type otlp.logs has schema_fields")
		}
		return logFields, nil
	}
	return nil, fmt.Errorf("the model knows no source of type %q", given.Type)
}

func hasField(fields []field, name string) bool {
	for _, one := range fields {
		if one.Name == name {
			return true
		}
	}
	return false
}

// Is it a column_type of a sink's mapping?
func isColumnType(name string) bool {
	if inner, ok := columnType(name).inner("LowCardinality"); ok {
		bare := string(inner)
		return isNumericType(bare) || bare == "String" || bare == "DateTime" || isFixedString(bare)
	}
	switch name {
	case "Bool", "Enum8", "Enum16", "UUID", "String":
		return true
	}
	return isNumericType(name) || isFixedString(name) || strings.HasPrefix(name, "DateTime") ||
		strings.HasPrefix(name, "Map(") || strings.HasPrefix(name, "Array(")
}

func isNumericType(name string) bool {
	switch name {
	case "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64":
		return true
	}
	return false
}

func isFixedString(name string) bool {
	return name == "FixedString" || (strings.HasPrefix(name, "FixedString(") && strings.HasSuffix(name, ")"))
}
