// Maps of the sink, which hold strings only, and values as a test wants to see them.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

func convertMap(value any) (any, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected a map, got %T", value)
	}
	converted := make(map[string]string, len(object))
	for key, member := range object {
		switch given := member.(type) {
		case nil:
			converted[key] = ""
		case string:
			converted[key] = given
		case float64:
			converted[key] = fmt.Sprintf("%g", given)
		case bool:
			converted[key] = fmt.Sprint(given)
		default:
			text, err := json.Marshal(given)
			if err != nil {
				return nil, err
			}
			converted[key] = string(text)
		}
	}
	return converted, nil
}

func convertMaps(value any) (any, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("expected an array of maps, got %T", value)
	}
	converted := make([]any, 0, len(list))
	for _, one := range list {
		if one == nil {
			converted = append(converted, map[string]string(nil))
			continue
		}
		made, err := convertMap(one)
		if err != nil {
			return nil, err
		}
		converted = append(converted, made)
	}
	return converted, nil
}

// Numbers that JSON does not have, and moments, as text.
func presentable(value any) any {
	switch given := value.(type) {
	case float64:
		if math.IsNaN(given) || math.IsInf(given, 0) {
			return fmt.Sprint(given)
		}
	case float32:
		return presentable(float64(given))
	case time.Time:
		return given.Format(time.RFC3339Nano)
	}
	return value
}
