package transport

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pronto/protocol"
)

const configurationPath = "/api/v1/configuration"

// configured is a server with two queues, one of them with texts that YAML is careful about.
func configured(t *testing.T) *Server {
	t.Helper()
	s := testServer(t, newWorld())
	for _, queue := range []string{`{"name":"Suporte técnico","subject":"a: b # c"}`, `{"name":"no","subject":"- \"x\"\r","priority":3}`} {
		if a := ask(t, s, "admin", "POST", "/api/v1/queues", queue); a.status != 201 {
			t.Fatal(a.body)
		}
	}
	return s
}

func TestAConfigurationIsAnsweredInTheTypeThatIsAccepted(t *testing.T) {
	s := configured(t)
	for accept, want := range map[string]string{
		"": jsonType, "*/*": jsonType, "application/json": jsonType, "text/html": jsonType, "application/yaml": yamlType,
		"application/yaml, application/json;q=0.5": yamlType, "application/yaml;q=0.5, application/json": jsonType,
	} {
		a := ask(t, s, "admin", "GET", configurationPath, "", "Accept", accept)
		if a.status != 200 || a.header.Get("Content-Type") != want || strings.HasPrefix(a.body, "{") != (want == jsonType) {
			t.Errorf("%q: %d %s %.60s", accept, a.status, a.header.Get("Content-Type"), a.body)
		}
	}
	ask(t, s, "", "GET", configurationPath, "", "Accept", yamlType).refused(protocol.CodeUnauthorized)
}

func TestAConfigurationIsTheSameAsJSONAndAsYAML(t *testing.T) {
	s := configured(t)
	asJSON := ask(t, s, "admin", "GET", configurationPath, "").body
	asYAML := ask(t, s, "admin", "GET", configurationPath, "", "Accept", yamlType).body
	back, err := jsonOf([]byte(asYAML))
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal([]byte(asJSON), &a) != nil || json.Unmarshal(back, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%s\n%s", asJSON, asYAML)
	}
	for media, file := range map[string]string{jsonType: asJSON, yamlType + "; charset=utf-8": asYAML} {
		p := ask(t, s, "admin", "PUT", configurationPath, file, "Content-Type", media)
		if p.status != 200 || !strings.Contains(p.body, `"changes":[],"unchanged":`) {
			t.Errorf("%s: %d %s", media, p.status, p.body)
		}
	}
	renamed := strings.Replace(asYAML, "name: Suporte técnico", "name: 'Suporte de campo' # todos", 1)
	p := ask(t, s, "admin", "PUT", configurationPath, renamed, "Content-Type", yamlType)
	if p.status != 200 || !strings.Contains(p.body, `"after":"Suporte de campo"`) || strings.Count(p.body, `"section"`) != 1 {
		t.Errorf("renamed: %d %s", p.status, p.body)
	}
	if after := ask(t, s, "admin", "GET", configurationPath, ""); !strings.Contains(after.body, "Suporte de campo") {
		t.Errorf("after it: %s", after.body)
	}
}

func TestARefusedConfigurationNamesThePlace(t *testing.T) {
	s := configured(t)
	before := ask(t, s, "admin", "GET", configurationPath, "").body
	for _, c := range []struct{ media, file, want string }{
		{yamlType, "queues:\n- name: x\n   id: y\n", "[{ invalid_yaml 2 9}]"},
		{yamlType, "queues:\n- name: 'x\n", "[{ invalid_yaml 2 9}]"},
		{yamlType, "queues:\n- name: X\n  name: Y\n", "[{ duplicate 3 3}]"},
		{yamlType, "queues: &all\n- name: X\nskills: *all\n", "[{ not_supported 1 9}]"},
		{yamlType, "a: &a [x, x]\nb: &b [*a, *a]\nqueues: [*b, *b]\n", "[{ not_supported 1 4}]"},
		{yamlType, "queues:\n- <<: {name: x}\n", "[{ not_supported 2 3}]"},
		{yamlType, strings.Repeat("[", 1<<16), "[{ not_supported 1 64}]"},
		{yamlType, "queues: all\n", "[{/queues wrong_type 1 1}]"},
		{yamlType, "just text\n", "[{ wrong_type 0 0}]"},
		{yamlType, "queues:\n- name: X\n- name: Y\n  offer_time_ms: 5\n", "[{/queues/1/offer_time_ms out_of_range 4 3}]"},
		{yamlType, "skills: []\nqueus: []\n", "[{/queus unknown_field 2 1}]"},
		{jsonType, "{\"queues\": [\n {\"name\": \"X\",}]}", "[{ invalid_json 2 15}]"},
		{jsonType, "{\n \"queues\": [{\"name\": \"X\",\n \"offer_time_ms\": 5}]}", "[{/queues/0/offer_time_ms out_of_range 3 2}]"},
		{jsonType, "{} {}", "[{ trailing_data 0 0}]"},
		{jsonType, "queues: []", "[{ invalid_json 1 1}]"},
	} {
		p := ask(t, s, "admin", "PUT", configurationPath, c.file, "Content-Type", c.media).refused(protocol.CodeBadRequest)
		if got := fmt.Sprint(p.Errors); got != c.want {
			t.Errorf("%.60q: %s, want %s", c.file, got, c.want)
		}
	}
	for _, media := range []string{"text/plain", "application/xml", "application/x-www-form-urlencoded"} {
		ask(t, s, "admin", "PUT", configurationPath, "queues: []", "Content-Type", media).refused(protocol.CodeUnsupportedMedia)
	}
	long := "# " + strings.Repeat("x", maxYAMLBytes)
	ask(t, s, "admin", "PUT", configurationPath, long, "Content-Type", yamlType).refused(protocol.CodePayloadTooLarge)
	if after := ask(t, s, "admin", "GET", configurationPath, "").body; after != before {
		t.Errorf("something was written: %s", after)
	}
}
