package sim

import (
	"reflect"
	"slices"
	"sync"
	"time"

	"pronto/dispatch"
)

// alike compares two values of one type. It is what cmp.Equal says with EquateEmpty and slotOptions, by a plan that is made
// once for each type: a run compares states more often than it does anything else.
type alike func(a, b reflect.Value) bool

var alikes sync.Map // of alike, by reflect.Type

// withHidden are the types whose unexported fields do not count.
var withHidden = []any{
	dispatch.Slot{}, dispatch.Done{}, dispatch.ReplyConversation{}, dispatch.ReplyMessage{}, dispatch.ReplyNote{},
	dispatch.ReplyTransfer{}, dispatch.ReplyInbound{}, dispatch.ReplyStatus{}, dispatch.CommandAnswered{},
	dispatch.AgentStatusChanged{}, dispatch.ConversationsReassigned{},
}

// sameAt is same, for what is large.
func sameAt[T any](a, b *T) bool {
	return alikeOf(reflect.TypeFor[T]())(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
}

func alikeOf(t reflect.Type) alike {
	if p, ok := alikes.Load(t); ok {
		return p.(alike) //nolint:forcetypeassert // the map holds nothing else
	}
	p := newAlike(t)
	alikes.Store(t, p)
	return p
}

// lazyAlike is made when it is first asked: types may hold themselves.
func lazyAlike(t reflect.Type) alike {
	get := sync.OnceValue(func() alike { return alikeOf(t) })
	return func(a, b reflect.Value) bool { return get()(a, b) }
}

func newAlike(t reflect.Type) alike {
	if t == reflect.TypeFor[time.Time]() {
		return alikeTimes
	}
	if m, ok := t.MethodByName("Equal"); ok {
		panic("sim: compare " + t.String() + " by its " + m.Name)
	}
	switch t.Kind() {
	case reflect.String:
		return func(a, b reflect.Value) bool { return a.String() == b.String() }
	case reflect.Bool:
		return func(a, b reflect.Value) bool { return a.Bool() == b.Bool() }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(a, b reflect.Value) bool { return a.Int() == b.Int() }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(a, b reflect.Value) bool { return a.Uint() == b.Uint() }
	case reflect.Float32, reflect.Float64:
		return func(a, b reflect.Value) bool { return a.Float() == b.Float() }
	case reflect.Pointer:
		return alikePointers(lazyAlike(t.Elem()))
	case reflect.Interface:
		return alikeInterfaces
	case reflect.Slice:
		return alikeSlices(lazyAlike(t.Elem()))
	case reflect.Array:
		return alikeElements(lazyAlike(t.Elem()))
	case reflect.Map:
		return alikeMaps(lazyAlike(t.Elem()))
	case reflect.Struct:
		return alikeStructs(t)
	}
	panic("sim: compare " + t.String())
}

func alikeTimes(a, b reflect.Value) bool {
	if a.CanAddr() && b.CanAddr() {
		return a.Addr().Interface().(*time.Time).Equal(*b.Addr().Interface().(*time.Time)) //nolint:forcetypeassert // of this type
	}
	return a.Interface().(time.Time).Equal(b.Interface().(time.Time)) //nolint:forcetypeassert // of this type
}

func alikePointers(elem alike) alike {
	return func(a, b reflect.Value) bool {
		if a.IsNil() || b.IsNil() {
			return a.IsNil() && b.IsNil()
		}
		return a.UnsafePointer() == b.UnsafePointer() || elem(a.Elem(), b.Elem())
	}
}

func alikeInterfaces(a, b reflect.Value) bool {
	if a.IsNil() || b.IsNil() {
		return a.IsNil() && b.IsNil()
	}
	a, b = a.Elem(), b.Elem()
	return a.Type() == b.Type() && alikeOf(a.Type())(a, b)
}

func alikeSlices(elem alike) alike {
	elements := alikeElements(elem)
	return func(a, b reflect.Value) bool { return a.Len() == b.Len() && elements(a, b) }
}

func alikeElements(elem alike) alike {
	return func(a, b reflect.Value) bool {
		for i := range a.Len() {
			if !elem(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	}
}

func alikeMaps(elem alike) alike {
	return func(a, b reflect.Value) bool {
		if a.Len() != b.Len() {
			return false
		}
		for i := a.MapRange(); i.Next(); {
			if other := b.MapIndex(i.Key()); !other.IsValid() || !elem(i.Value(), other) {
				return false
			}
		}
		return true
	}
}

func alikeStructs(t reflect.Type) alike {
	type field struct {
		index int
		alike alike
	}
	hides := slices.ContainsFunc(withHidden, func(v any) bool { return reflect.TypeOf(v) == t })
	var fields []field
	for i := range t.NumField() {
		switch f := t.Field(i); {
		case f.IsExported():
			fields = append(fields, field{i, lazyAlike(f.Type)})
		case hides, f.Type.Size() == 0:
		default:
			panic("sim: compare " + t.String() + "." + f.Name)
		}
	}
	return func(a, b reflect.Value) bool {
		for i := range fields {
			if f := &fields[i]; !f.alike(a.Field(f.index), b.Field(f.index)) {
				return false
			}
		}
		return true
	}
}
