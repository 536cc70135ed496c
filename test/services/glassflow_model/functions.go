// The helper functions of a stateless transform, beside those of the expression language itself, and the conversions of
// loosely typed values that they and the output types share. Functions that only read web requests (user agents, paths) are
// not here: an expression with them is refused.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
)

// Takes at least so many arguments, each a text; an empty first one gives the fallback.
func ofTexts(name string, count int, fallback any, function func(texts []string) any) expr.Option {
	return expr.Function(name, func(args ...any) (any, error) {
		if len(args) < count {
			return nil, fmt.Errorf("%s requires %d arguments, got %d", name, count, len(args))
		}
		texts := make([]string, len(args))
		for i, arg := range args {
			texts[i] = textOrNothing(arg)
		}
		if texts[0] == "" {
			return fallback, nil
		}
		return function(texts), nil
	})
}

func ofOne(name string, function func(arg any) (any, error)) expr.Option {
	return expr.Function(name, func(args ...any) (any, error) {
		if len(args) == 0 {
			return nil, fmt.Errorf("%s requires 1 argument, got 0", name)
		}
		return function(args[0])
	})
}

var functions = []expr.Option{
	ofTexts("upper", 1, "", func(t []string) any { return strings.ToUpper(t[0]) }),
	ofTexts("lower", 1, "", func(t []string) any { return strings.ToLower(t[0]) }),
	ofTexts("trim", 1, "", func(t []string) any { return strings.TrimSpace(t[0]) }),
	ofTexts("toString", 1, "", func(t []string) any { return t[0] }),
	ofTexts("split", 2, "", func(t []string) any { return strings.Split(t[0], t[1]) }),
	ofTexts("replace", 3, "", func(t []string) any { return strings.ReplaceAll(t[0], t[1], t[2]) }),
	ofTexts("hasPrefix", 2, false, func(t []string) any { return strings.HasPrefix(t[0], t[1]) }),
	ofTexts("hasSuffix", 2, false, func(t []string) any { return strings.HasSuffix(t[0], t[1]) }),
	ofTexts("containsStr", 2, false, func(t []string) any { return strings.Contains(t[0], t[1]) }),
	ofTexts("toInt", 1, 0, func(t []string) any { return wholeOrZero(t[0]) }),
	ofTexts("toFloat", 1, 0.0, func(t []string) any { return realOrZero(t[0]) }),
	ofTexts("parseISO8601", 1, 0, func(t []string) any { return unixSecondsOrZero(t[0]) }),
	ofOne("toDate", toDate),
	ofOne("urlDecode", urlDecode),
	ofOne("keys", sortedKeys),
	expr.Function("join", join),
	expr.Function("waterfall", waterfall),
}

func textOrNothing(value any) string {
	text, err := toText(value)
	if err != nil {
		return ""
	}
	return text
}

func wholeOrZero(text string) int {
	if whole, err := strconv.Atoi(text); err == nil {
		return whole
	}
	return int(math.Floor(realOrZero(text)))
}

func realOrZero(text string) float64 {
	real, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return real
}

func unixSecondsOrZero(text string) any {
	for _, layout := range []string{"2006-01-02 15:04:05.000000", time.RFC3339} {
		if moment, err := time.Parse(layout, text); err == nil {
			return moment.Unix()
		}
	}
	return 0
}

func toDate(arg any) (any, error) {
	switch value := arg.(type) {
	case time.Time:
		return value.Format("2006-01-02"), nil
	case int:
		return time.Unix(int64(value), 0).Format("2006-01-02"), nil
	case int64:
		return time.Unix(value, 0).Format("2006-01-02"), nil
	case float64:
		return time.Unix(int64(value), 0).Format("2006-01-02"), nil
	}
	return 0, nil
}

func urlDecode(arg any) (any, error) {
	text, _ := arg.(string)
	return url.QueryUnescape(text)
}

func sortedKeys(arg any) (any, error) {
	object, _ := arg.(map[string]any)
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, nil
}

func join(args ...any) (any, error) {
	if len(args) < 2 {
		return nil, fmt.Errorf("join requires 2 arguments, got %d", len(args))
	}
	var texts []string
	switch list := args[0].(type) {
	case []string:
		texts = list
	case []any:
		for _, one := range list {
			texts = append(texts, textOrNothing(one))
		}
	}
	return strings.Join(texts, textOrNothing(args[1])), nil
}

// The first argument, or element of a list that is the first argument, that is something.
func waterfall(args ...any) (any, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("waterfall requires at least 1 argument, got 0")
	}
	if list, ok := args[0].([]any); ok {
		args = list
	}
	for _, one := range args {
		if one != nil && one != "" {
			return fmt.Sprint(one), nil
		}
	}
	return "", nil
}

func toText(value any) (string, error) {
	switch given := value.(type) {
	case nil:
		return "", nil
	case string:
		return given, nil
	case []byte:
		return string(given), nil
	case float64:
		return strconv.FormatFloat(given, 'f', -1, 64), nil
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, json.Number:
		return fmt.Sprint(given), nil
	case fmt.Stringer:
		return given.String(), nil
	}
	return "", fmt.Errorf("unable to cast %T to string", value)
}

// Digits with a fraction, which is cut off.
var decimalText = regexp.MustCompile(`^([-+]?\d*)\.\d*$`)

func toInteger(value any) (int64, error) {
	switch given := value.(type) {
	case nil:
		return 0, nil
	case bool:
		if given {
			return 1, nil
		}
		return 0, nil
	case int:
		return int64(given), nil
	case int64:
		return given, nil
	case float64:
		return int64(given), nil
	case string:
		if given == "" {
			return 0, nil
		}
		if parts := decimalText.FindStringSubmatch(given); parts != nil {
			if given = parts[1]; strings.TrimLeft(given, "+-") == "" {
				given += "0"
			}
		}
		return strconv.ParseInt(given, 0, 64)
	}
	return 0, fmt.Errorf("unable to cast %T to int64", value)
}

func toReal(value any) (float64, error) {
	switch given := value.(type) {
	case float64:
		return given, nil
	case string:
		if given == "" {
			return 0, nil
		}
		return strconv.ParseFloat(given, 64)
	}
	whole, err := toInteger(value)
	if err != nil {
		return 0, fmt.Errorf("unable to cast %T to float64", value)
	}
	return float64(whole), nil
}

func toBoolean(value any) (bool, error) {
	switch given := value.(type) {
	case bool:
		return given, nil
	case string:
		return strconv.ParseBool(given)
	case float64:
		return given != 0, nil
	}
	whole, err := toInteger(value)
	if err != nil {
		return false, fmt.Errorf("unable to cast %T to bool", value)
	}
	return whole != 0, nil
}
