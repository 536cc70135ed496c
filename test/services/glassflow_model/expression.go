// Expressions over an event: the filter, which keeps an event or not, and the stateless transform, which makes another
// event of it. Both are compiled against the declared fields first, as the API does, and then without them, as the
// running pipeline does.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/tidwall/sjson"
)

type filter struct {
	program *vm.Program
}

func newFilter(expression string, fields []field) (*filter, error) {
	if expression == "" {
		return nil, errors.New("empty expression")
	}
	env, err := filterSample(fields)
	if err != nil {
		return nil, err
	}
	program, err := expr.Compile(expression, expr.Env(env))
	if err != nil {
		return nil, err
	}
	result, err := expr.Run(program, env)
	if err != nil {
		return nil, err
	}
	if _, ok := result.(bool); !ok {
		return nil, errors.New("the expression is not a boolean")
	}
	program, err = expr.Compile(expression)
	return &filter{program}, err
}

// An event with the zero value of each field; a map and an array are looked at as strings.
func filterSample(fields []field) (map[string]any, error) {
	text := ""
	for _, declared := range fields {
		var zero any
		switch declared.Type { // by the very name: others than the basic ones are refused
		case "string", "array", "map":
			zero = ""
		case "int", "uint", "float":
			zero = 0
		case "bool":
			zero = false
		default:
			return nil, fmt.Errorf("unknown field type: %s", declared.Type)
		}
		var err error
		if text, err = sjson.Set(text, declared.Name, zero); err != nil {
			return nil, fmt.Errorf("field %q cannot be set: %w", declared.Name, err)
		}
	}
	env := map[string]any{}
	return env, json.Unmarshal([]byte(text), &env)
}

func (f *filter) keeps(value []byte) (bool, error) {
	env := map[string]any{}
	if err := json.Unmarshal(value, &env); err != nil {
		return false, err
	}
	result, err := expr.Run(f.program, env)
	if err != nil {
		return false, err
	}
	keep, ok := result.(bool)
	if !ok {
		return false, errors.New("the expression is not a boolean")
	}
	return keep, nil
}

type transformer struct {
	outputs  []output
	programs []*vm.Program
}

func newTransformer(outputs []output, fields []field) (*transformer, error) {
	env := map[string]any{}
	for _, declared := range fields {
		zero, err := transformSample(declared.Type)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", declared.Name, err)
		}
		setPath(env, strings.Split(declared.Name, "."), zero)
	}
	made := &transformer{outputs: outputs}
	seen := map[string]bool{}
	for _, one := range outputs {
		if one.Name == "" || one.Type == "" || seen[one.Name] {
			return nil, fmt.Errorf("output %q has no name or no type, or there is another one", one.Name)
		}
		seen[one.Name] = true
		if _, err := expr.Compile(one.Expression, append([]expr.Option{expr.Env(env)}, functions...)...); err != nil {
			return nil, fmt.Errorf("output %q: %w", one.Name, err)
		}
		program, err := expr.Compile(one.Expression, functions...)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", one.Name, err)
		}
		made.programs = append(made.programs, program)
	}
	return made, nil
}

func transformSample(fieldType string) (any, error) {
	switch basicType(fieldType) {
	case "string":
		return "", nil
	case "int", "uint":
		return 0, nil
	case "float":
		return 0.0, nil
	case "bool":
		return false, nil
	case "array":
		return []any{}, nil
	case "map":
		return map[string]any{}, nil
	}
	return nil, fmt.Errorf("unsupported field type %q", fieldType)
}

func setPath(env map[string]any, path []string, value any) {
	for ; len(path) > 1; path = path[1:] {
		inner, ok := env[path[0]].(map[string]any)
		if !ok {
			inner = map[string]any{}
			env[path[0]] = inner
		}
		env = inner
	}
	env[path[0]] = value
}

// What the sink finds after the transform: the outputs, and nothing else.
func (t *transformer) fields() []field {
	fields := make([]field, 0, len(t.outputs))
	for _, one := range t.outputs {
		fields = append(fields, field{one.Name, one.Type})
	}
	return fields
}

func (t *transformer) apply(value []byte) ([]byte, error) {
	if len(t.programs) == 0 {
		return value, nil
	}
	var env map[string]any // numbers become float64: large integers are lost here
	if err := json.Unmarshal(value, &env); err != nil {
		return nil, err
	}
	made := map[string]any{}
	for i, program := range t.programs {
		result, err := expr.Run(program, env)
		if err != nil {
			return nil, fmt.Errorf("run transformation %d: %w", i, err)
		}
		if made[t.outputs[i].Name], err = coerce(result, t.outputs[i].Type); err != nil {
			return nil, fmt.Errorf("convert result for column %s: %w", t.outputs[i].Name, err)
		}
	}
	return json.Marshal(made)
}

// Five type names turn a value into theirs, and nil into their zero; under every other name a value passes as it is.
func coerce(value any, outputType string) (any, error) {
	switch outputType {
	case "string":
		return toText(value)
	case "int", "int64":
		return toInteger(value)
	case "float64":
		number, err := toReal(value)
		if err != nil {
			return nil, err
		}
		text := strconv.FormatFloat(number, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return json.Number(text), nil
	case "bool":
		return toBoolean(value)
	}
	return value, nil
}
