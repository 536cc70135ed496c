// An event as it reaches the sink -> the values that the columns get. A column type of the mapping is only a hint how
// to convert; the type of the real column is checked afterwards, see column.go.
package main

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

type target struct {
	column    string
	hint      string
	fieldType string
}

type sink struct {
	targets map[string]target // by source field: one field can feed one column
	unfed   []string          // columns whose field feeds the column that is last in the alphabet
	columns map[string]columnType
}

func newSink(mappings []mapping, fields []field) (*sink, error) {
	if len(mappings) == 0 {
		return nil, errors.New("the sink maps nothing")
	}
	made := &sink{targets: map[string]target{}}
	columns := map[string]bool{}
	mappings = append([]mapping(nil), mappings...)
	sort.Slice(mappings, func(i, j int) bool { return mappings[i].ColumnName < mappings[j].ColumnName })
	for _, one := range mappings {
		if !hasField(fields, one.Name) {
			return nil, fmt.Errorf("mapping field %q not found in schema", one.Name)
		}
		if !isColumnType(one.ColumnType) {
			return nil, fmt.Errorf("unsupported ClickHouse column type: %q", one.ColumnType)
		}
		if columns[one.ColumnName] {
			return nil, fmt.Errorf("column %q is mapped twice", one.ColumnName)
		}
		columns[one.ColumnName] = true
		if before, ok := made.targets[one.Name]; ok {
			made.unfed = append(made.unfed, before.column)
		}
		for _, declared := range fields {
			if declared.Name == one.Name {
				made.targets[one.Name] = target{one.ColumnName, one.ColumnType, basicType(declared.Type)}
			}
		}
	}
	return made, nil
}

func (s *sink) row(value []byte) (map[string]any, error) {
	message := gjson.ParseBytes(value)
	members := map[string]gjson.Result{}
	message.ForEach(func(key, member gjson.Result) bool {
		members[key.String()] = member
		return true
	})
	row := map[string]any{}
	for _, column := range s.unfed {
		row[column] = nil
	}
	for name, wanted := range s.targets {
		found, ok := members[name]
		if !ok || found.Type == gjson.Null {
			found = fieldValue(message, name)
		}
		converted, err := convert(found, wanted)
		if err != nil {
			return nil, fmt.Errorf("failed to convert field %s: %w", name, err)
		}
		if s.columns != nil {
			if err := s.columns[wanted.column].check(converted); err != nil {
				return nil, fmt.Errorf("failed to append column %s: %w", wanted.column, err)
			}
		}
		row[wanted.column] = presentable(converted)
	}
	return row, nil
}

func convert(found gjson.Result, wanted target) (any, error) {
	if !found.Exists() || found.Type == gjson.Null {
		if strings.HasPrefix(wanted.hint, "Map(") {
			return map[string]string{}, nil
		}
		return nil, nil
	}
	hint := wanted.hint
	if inner, ok := columnType(hint).inner("LowCardinality"); ok {
		hint = string(inner)
	}
	mismatch := fmt.Errorf("mismatched types: %s does not take %s", wanted.hint, wanted.fieldType)
	isWhole := wanted.fieldType == "int" || wanted.fieldType == "uint"
	switch {
	case hint == "Bool":
		if wanted.fieldType != "bool" {
			return nil, mismatch
		}
		if found.Type != gjson.True && found.Type != gjson.False {
			return nil, alters("%s is stored as %t", found.Type, found.Bool())
		}
		return found.Bool(), nil
	case hint == "Float32" || hint == "Float64":
		if wanted.fieldType != "float" {
			return nil, mismatch
		}
		return convertReal(found, hint)
	case isNumericType(hint):
		if !isWhole {
			return nil, mismatch
		}
		return convertWhole(found, hint, wanted.fieldType)
	case strings.HasPrefix(hint, "DateTime"):
		return convertMoment(found, wanted.fieldType, mismatch)
	case strings.HasPrefix(hint, "Map("):
		return convertStructure(found, "map", wanted, convertMap)
	case strings.HasPrefix(hint, "Array(") && strings.Contains(hint, "Map("):
		return convertStructure(found, "array", wanted, convertMaps)
	case strings.HasPrefix(hint, "Array("):
		return convertStructure(found, "array", wanted, func(value any) (any, error) { return value, nil })
	}
	if wanted.fieldType != "string" {
		return nil, mismatch
	}
	return found.String(), nil
}

func convertReal(found gjson.Result, hint string) (any, error) {
	value := found.Float()
	if hint == "Float32" && (value < -math.MaxFloat32 || value > math.MaxFloat32) {
		return nil, fmt.Errorf("float32 out of range: %g", value)
	}
	if _, err := strconv.ParseFloat(found.String(), 64); err != nil {
		return nil, alters("%s is stored as %g", found.Type, value)
	}
	if hint == "Float64" {
		return value, nil
	}
	return float32(value), nil
}

// GlassFlow wraps or cuts what is not a whole number within 64 bits, and reads what is no number as one.
func convertWhole(found gjson.Result, hint, fieldType string) (any, error) {
	text := strings.TrimSpace(found.Raw)
	var converted any
	var err error
	if fieldType == "uint" {
		value := found.Uint()
		converted, err = narrow(hint, func(bits uint) bool { return value>>(bits-1) == 0 }, func(bits uint) bool { return bits == 64 || value>>bits == 0 }, value)
	} else {
		value := found.Int()
		converted, err = narrow(hint, func(bits uint) bool { return value>>(bits-1) == 0 || value>>(bits-1) == -1 },
			func(bits uint) bool { return value >= 0 && (bits == 64 || value>>bits == 0) }, value)
	}
	if err != nil {
		return nil, err
	}
	if found.Type != gjson.Number || (text != fmt.Sprint(converted) && text != "-0") {
		return nil, alters("%s %s is stored as %d", found.Type, text, converted)
	}
	return converted, nil
}

func narrow(hint string, fitsSigned, fitsUnsigned func(bits uint) bool, value any) (any, error) {
	var bits uint
	fits := fitsSigned
	if _, err := fmt.Sscanf(hint, "Int%d", &bits); err != nil {
		fits = fitsUnsigned
		if _, err := fmt.Sscanf(hint, "UInt%d", &bits); err != nil {
			return nil, err
		}
	}
	if !fits(bits) {
		return nil, fmt.Errorf("value out of range of %s: %d", hint, value)
	}
	return value, nil
}

// GlassFlow also takes a structure that arrives under another type, and makes a text of some.
func convertStructure(found gjson.Result, fieldType string, wanted target, converter func(any) (any, error)) (any, error) {
	isBasic := false
	switch wanted.fieldType {
	case "string", "int", "uint", "float", "bool":
		isBasic = true
	}
	if isBasic {
		return nil, fmt.Errorf("mismatched types: %s does not take %s", wanted.hint, wanted.fieldType)
	}
	converted, err := converter(found.Value())
	if err == nil && (wanted.fieldType != fieldType || (fieldType == "array") != found.IsArray()) {
		return nil, alters("%s under type %s is stored as something else", found.Type, wanted.fieldType)
	}
	return converted, err
}

func convertMoment(found gjson.Result, fieldType string, mismatch error) (any, error) {
	switch fieldType {
	case "string":
		return parseMoment(found.String())
	case "int":
		if found.Int() < 0 {
			return nil, fmt.Errorf("negative timestamp: %d", found.Int())
		}
		return time.Unix(found.Int(), 0).UTC(), nil
	case "float":
		seconds := found.Float()
		if seconds < 0 {
			return nil, fmt.Errorf("negative timestamp: %g", seconds)
		}
		if seconds == 0 {
			return time.Time{}, nil
		}
		whole, fraction := math.Modf(seconds)
		return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), nil
	}
	return nil, mismatch
}
