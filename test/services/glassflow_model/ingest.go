// A Kafka record's value -> is it what the source declares? Every declared field must be there, with the JSON type of
// its type, and not null. Other fields do not matter.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// A name with dots means first a key with dots, then a path.
func fieldValue(message gjson.Result, name string) gjson.Result {
	if strings.Contains(name, ".") {
		if literal := message.Get(strings.ReplaceAll(name, ".", `\.`)); literal.Exists() {
			return literal
		}
	}
	return message.Get(name)
}

func validate(value []byte, fields []field) error {
	message := gjson.ParseBytes(value)
	if !message.IsObject() {
		return errors.New("invalid JSON message")
	}
	// Names at the top level mean themselves, whatever they look like as a path; the last of equal ones counts.
	members := map[string]gjson.Result{}
	message.ForEach(func(key, member gjson.Result) bool {
		members[key.String()] = member
		return true
	})
	for _, declared := range fields {
		found, ok := members[declared.Name]
		if !ok && strings.Contains(declared.Name, ".") {
			found = fieldValue(message, declared.Name)
			ok = found.Exists()
		}
		if !ok {
			return fmt.Errorf("field '%s' is missing in the message", declared.Name)
		}
		if wanted := wantedJSON(declared.Type, found); wanted != "" {
			return fmt.Errorf("field '%s' type validation failed: expected %s, got %s", declared.Name, wanted, found.Type)
		}
	}
	return nil
}

// The JSON type that the field should have had; empty when it has it.
func wantedJSON(fieldType string, found gjson.Result) string {
	wanted, has := "", true
	switch basicType(fieldType) {
	case "string":
		wanted, has = "string", found.Type == gjson.String
	case "int", "uint", "float":
		wanted, has = "number", found.Type == gjson.Number
	case "bool":
		wanted, has = "boolean", found.Type == gjson.True || found.Type == gjson.False
	case "array":
		wanted, has = "array", found.IsArray()
	case "map":
		wanted, has = "object", found.IsObject()
	}
	if has {
		return ""
	}
	return wanted
}

// What GlassFlow lets pass because its parser is lenient: not JSON (RFC 8259) to the last byte, not UTF-8, a key twice
// in one object.
func checkStrictly(value []byte) error {
	if !utf8.Valid(value) {
		return alters("not UTF-8")
	}
	if !json.Valid(value) {
		return alters("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var objects []map[string]bool // of each container that is open; nil: an array
	isKey := false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'):
			objects, isKey = append(objects, map[string]bool{}), true
			continue
		case json.Delim('['):
			objects, isKey = append(objects, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			objects = objects[:len(objects)-1]
		default:
			if isKey {
				keys := objects[len(objects)-1]
				if keys[token.(string)] {
					return alters("a key occurs twice in an object")
				}
				keys[token.(string)] = true
				isKey = false
				continue
			}
		}
		isKey = len(objects) > 0 && objects[len(objects)-1] != nil
	}
}

// A Go duration, which may also have days.
func checkWindow(text string) error {
	days := strings.TrimSuffix(text, "d")
	if days != text {
		text = days + "h"
	}
	window, err := time.ParseDuration(text)
	if err != nil || window <= 0 {
		return fmt.Errorf("time_window %q is not a duration above 0", text)
	}
	return nil
}
