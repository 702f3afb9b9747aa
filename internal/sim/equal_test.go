package sim

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pronto/dispatch"
)

// filled sets a value, differently for each n: whatever it is, something else than nothing.
func filled(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("s", n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n))
	case reflect.Float64:
		v.SetFloat(float64(n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		filled(v.Index(0), n)
		filled(v.Index(1), n+1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		filled(key, n)
		filled(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.Interface:
		v.Set(reflect.ValueOf(dispatch.ReplyInbound{Message: dispatch.MessageID(fmt.Sprint("m", n))}))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(epoch.Add(time.Duration(n))))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				filled(v.Field(i), n)
			}
		}
	}
}

// within calls fn with every value in v that can be set.
func within(v reflect.Value, name string, fn func(v reflect.Value, name string)) {
	fn(v, name)
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && v.Type() != reflect.TypeFor[time.Time]() {
				within(v.Field(i), name+"."+f.Name, fn)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			within(v.Index(i), fmt.Sprintf("%s[%d]", name, i), fn)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			within(v.Elem(), name+"*", fn)
		}
	}
}

func testSame[T any](t *testing.T) {
	t.Helper()
	byCmp := func(a, b *T) bool { return cmp.Equal(*a, *b, cmpopts.EquateEmpty(), slotOptions) }
	var a, b T
	filled(reflect.ValueOf(&a).Elem(), 1)
	filled(reflect.ValueOf(&b).Elem(), 1)
	if !sameAt(&a, &b) || !byCmp(&a, &b) {
		t.Errorf("%T: two that are the same differ", a)
	}
	name := fmt.Sprintf("%T", b)
	within(reflect.ValueOf(&b).Elem(), name, func(v reflect.Value, name string) {
		before := reflect.New(v.Type()).Elem()
		before.Set(v)
		check := func(what string, want bool) {
			t.Helper()
			if got, cmp := sameAt(&a, &b), byCmp(&a, &b); got != cmp || got != want {
				t.Errorf("%s is %s: the same %v, cmp says %v", name, what, got, cmp)
			}
		}
		v.SetZero()
		check("nothing", false)
		if v.Kind() != reflect.Bool {
			filled(v, 7)
			check("another", v.Kind() == reflect.Struct && v.NumField() == 0)
		}
		if k := v.Kind(); k == reflect.Slice || k == reflect.Map {
			kept := reflect.ValueOf(&a).Elem()
			of := reflect.New(kept.Type()).Elem()
			of.Set(kept)
			v.SetZero()
			if k == reflect.Slice {
				v.Set(reflect.MakeSlice(v.Type(), 0, 0))
			} else {
				v.Set(reflect.MakeMap(v.Type()))
			}
			check("empty", false)
		}
		v.Set(before)
	})
	var none, empty T
	within(reflect.ValueOf(&empty).Elem(), name, func(v reflect.Value, name string) {
		switch v.Kind() {
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		case reflect.Map:
			v.Set(reflect.MakeMap(v.Type()))
		default:
			return
		}
		if !sameAt(&none, &empty) || !byCmp(&none, &empty) {
			t.Errorf("%s: empty and absent differ", name)
		}
	})
}

func TestTheSameIsWhatCmpCallsEqual(t *testing.T) {
	testSame[dispatch.ConversationSnapshot](t)
	testSame[dispatch.AgentSnapshot](t)
	testSame[dispatch.Head](t)
	testSame[dispatch.Ticket](t)
	testSame[dispatch.Slot](t)
	testSame[[]dispatch.Ticket](t)
	testSame[[]dispatch.Slot](t)
	testSame[dispatch.CommandAnswered](t)
	a, b := epoch, epoch.In(time.FixedZone("", 3600))
	if !same(a, b) || same(a, b.Add(1)) {
		t.Error("times are compared by where they are told")
	}
}
