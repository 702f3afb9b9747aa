package protocol

import (
	"fmt"
	"reflect"
	"strconv"
)

// SetDefaults writes the default of every field that has one, in v (a pointer to a struct) and in the structs it
// contains by value. Lists get their defaults only by their own decoding. Call it before decoding over v.
func SetDefaults(v any) {
	p := reflect.ValueOf(v)
	if p.Kind() == reflect.Pointer && p.Elem().Kind() == reflect.Struct {
		setDefaults(p.Elem())
	}
}

func setDefaults(v reflect.Value) {
	p := planOf(v.Type())
	if !p.defaults {
		return
	}
	for i := range p.fields {
		f := &p.fields[i]
		field := v.FieldByIndex(f.index)
		if field.Kind() == reflect.Struct && field.Type() != typeTime {
			setDefaults(field)
		}
		if f.def != "" {
			setDefault(field, f)
		}
	}
}

func setDefault(field reflect.Value, f *fieldPlan) {
	switch field.Kind() {
	case reflect.String:
		field.SetString(f.def)
	case reflect.Bool:
		field.SetBool(f.def == "true")
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(f.def, 10, 64)
		if err != nil {
			panic(fmt.Sprintf("protocol: default of %s: %v", f.name, err))
		}
		field.SetInt(n)
	default:
		panic(fmt.Sprintf("protocol: default of %s: not for %s", f.name, field.Kind()))
	}
}

// FillLists turns nil lists and maps that are always present on the wire into empty ones, in v (a pointer to a struct)
// and in everything it contains, so that they are written as [] and {} and never as null.
func FillLists(v any) { fillLists(reflect.ValueOf(v)) }

func fillLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillLists(v.Elem())
		}
	case reflect.Slice:
		if v.Type() == typeRaw {
			return
		}
		for i := range v.Len() {
			fillLists(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() != typeTime {
			fillObject(v)
		}
	}
}

func fillObject(v reflect.Value) {
	p := planOf(v.Type())
	for i := range p.fields {
		f, field := &p.fields[i], v.FieldByIndex(p.fields[i].index)
		switch {
		case f.omitEmpty || field.Type() == typeRaw || !field.CanSet():
		case field.Kind() == reflect.Slice && field.IsNil():
			field.Set(reflect.MakeSlice(field.Type(), 0, 0))
		case field.Kind() == reflect.Map && field.IsNil():
			field.Set(reflect.MakeMap(field.Type()))
		}
		fillLists(field)
	}
}
