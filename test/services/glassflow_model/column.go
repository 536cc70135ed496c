// Values of a row against the types of the real columns: what the ClickHouse driver refuses on append, and what it
// would store altered (a NULL as the type's zero, a moment outside the type's years).
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

type columnType string

func (m *model) setColumns(text []byte) error {
	if err := json.Unmarshal(text, &m.sink.columns); err != nil {
		return err
	}
	for _, wanted := range m.sink.targets {
		if m.sink.columns[wanted.column] == "" {
			return fmt.Errorf("the table has no column %q", wanted.column)
		}
	}
	return nil
}

// The text within Name(...); ok is false when the type is another one.
func (c columnType) inner(name string) (inner columnType, ok bool) {
	text := string(c)
	if !strings.HasPrefix(text, name+"(") || !strings.HasSuffix(text, ")") {
		return "", false
	}
	return columnType(text[len(name)+1 : len(text)-1]), true
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
var enumLabel = regexp.MustCompile(`'((?:[^'\\]|\\.|'')*)'\s*=`)
var labelEscapes = strings.NewReplacer(`\\`, `\`, `\'`, `'`, `''`, `'`)

func (c columnType) check(value any) error {
	if inner, ok := c.inner("LowCardinality"); ok {
		return inner.check(value)
	}
	if inner, ok := c.inner("Nullable"); ok {
		if value == nil {
			return nil
		}
		return inner.check(value)
	}
	if value == nil {
		return fmt.Errorf("a NULL would be stored as the zero of %s", c)
	}
	switch given := value.(type) {
	case string:
		return c.checkText(given)
	case time.Time:
		return c.checkMoment(given)
	case []any:
		inner, ok := c.inner("Array")
		if !ok {
			break
		}
		for _, element := range given {
			if err := inner.check(element); err != nil {
				return fmt.Errorf("element: %w", err)
			}
		}
		return nil
	case map[string]string:
		if c == "Map(String, String)" || c == "Map(LowCardinality(String), String)" {
			return nil
		}
	case bool:
		if c == "Bool" || c == "UInt8" {
			return nil
		}
	case int64, uint64, float64, float32:
		return c.checkNumber(given)
	}
	return fmt.Errorf("%T into %s", value, c)
}

func (c columnType) checkText(text string) error {
	switch {
	case c == "String":
		return nil
	case c == "UUID" && uuidText.MatchString(text):
		return nil
	case c == "Date" || c == "Date32":
		day, err := time.Parse("2006-01-02", text)
		if err != nil {
			return err
		}
		return c.checkMoment(day)
	case c == "IPv4" || c == "IPv6":
		address, err := netip.ParseAddr(text)
		if err != nil {
			return err
		}
		if c == "IPv4" && !address.Is4() {
			return errors.New("not an IPv4 address")
		}
		return nil
	case strings.HasPrefix(string(c), "Enum8(") || strings.HasPrefix(string(c), "Enum16("):
		for _, label := range enumLabel.FindAllStringSubmatch(string(c), -1) {
			if labelEscapes.Replace(label[1]) == text {
				return nil
			}
		}
		return errors.New("unknown label of the enum")
	case c == "JSON":
		if json.Valid([]byte(text)) {
			return nil
		}
	}
	if length, ok := c.inner("FixedString"); ok {
		if bytes, err := strconv.Atoi(string(length)); err != nil || len(text) > bytes {
			return fmt.Errorf("%d bytes are too long", len(text))
		}
		return nil
	}
	return fmt.Errorf("a text into %s", c)
}

func (c columnType) checkMoment(moment time.Time) error {
	first, last := 1900, 2299
	switch {
	case c == "DateTime" || strings.HasPrefix(string(c), "DateTime("):
		first, last = 1970, 2105
	case c == "Date":
		first, last = 1970, 2148
	case strings.HasPrefix(string(c), "DateTime64("):
		last = 2261 // the driver counts nanoseconds since 1970 in 64 bits
	case c == "Date32":
	default:
		return fmt.Errorf("a moment into %s", c)
	}
	if year := moment.UTC().Year(); year < first || year > last {
		return fmt.Errorf("year %d is outside %s", year, c)
	}
	return nil
}

func (c columnType) checkNumber(value any) error {
	text := string(c)
	switch given := value.(type) {
	case int64:
		if isNumericType(text) && !strings.HasPrefix(text, "Float") {
			_, err := narrow(text, func(bits uint) bool { return given>>(bits-1) == 0 || given>>(bits-1) == -1 },
				func(bits uint) bool { return given >= 0 && (bits == 64 || given>>bits == 0) }, given)
			return err
		}
	case uint64:
		if isNumericType(text) && !strings.HasPrefix(text, "Float") {
			_, err := narrow(text, func(bits uint) bool { return given>>(bits-1) == 0 }, func(bits uint) bool { return bits == 64 || given>>bits == 0 }, given)
			return err
		}
	case float32:
		if text == "Float32" {
			return nil
		}
	case float64:
		// Elements of an array are all of this type: whole ones also go into arrays of integers.
		if text == "Float64" || text == "Float32" {
			return nil
		}
		const exact = 1 << 53
		if isNumericType(text) && given == float64(int64(given)) && given > -exact && given < exact {
			return columnType(text).checkNumber(int64(given))
		}
	}
	return fmt.Errorf("a number %v into %s", value, c)
}
