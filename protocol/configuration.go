package protocol

import "encoding/json"

// Configuration is every configuration object by its section: the last part of the objects' path, such as queues. Secrets
// are left out.
type Configuration map[string][]json.RawMessage

// ConfigurationPlan is what writing a configuration changed, or would change.
type ConfigurationPlan struct {
	Changes   []ConfigurationChange `json:"changes" doc:"Objects that are made or changed, in the order of the sections"`
	Unchanged int                   `json:"unchanged" doc:"Objects that are already so"`
	Applied   bool                  `json:"applied" doc:"false: it was only tried"`
}

// ConfigurationChange is one object.
type ConfigurationChange struct {
	Section string        `json:"section" doc:"queues, agents …"`
	ID      string        `json:"id" doc:"Its id"`
	Name    string        `json:"name,omitempty" doc:"Its name, for people"`
	Action  string        `json:"action" doc:"created or updated"`
	Fields  []AuditChange `json:"fields" doc:"What changes; values of secrets are ***"`
}
