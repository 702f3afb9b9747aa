package protocol

// Contact is a customer: one person with one or more identities.
//
// A change is a merge patch and touches only what it names; each custom field is a field of its own, each list one field.
// With If-Match the change is refused when something that it names was changed since that version; what others did to
// other fields does not matter. An entry or a value that is sent back as it is shown masked stays as it is.
type Contact struct {
	ID            string          `json:"id" readOnly:"true" doc:"con_…"`
	Version       int64           `json:"version" readOnly:"true" doc:"Grows with every change"`
	Name          string          `json:"name" maxLength:"200" doc:"Name"`
	Identities    []Identity      `json:"identities" maxItems:"100" doc:"How the contact is known: at most 20 of its own, and those of the merged ones, which a change leaves where they are"`
	Documents     []Identity      `json:"documents" maxItems:"100" doc:"Documents such as cpf: at most 20 of its own, and those of the merged ones"`
	Fields        map[string]any  `json:"fields" maxItems:"200" doc:"Custom fields by key: text, number, date (2026-01-31), true or false, as the field's definition says; null removes one"`
	Consents      []Consent       `json:"consents" readOnly:"true" doc:"The latest word on each purpose"`
	MissingFields []string        `json:"missing_fields" readOnly:"true" doc:"Keys of required fields that have no value yet"`
	Merged        []MergedContact `json:"merged" readOnly:"true" doc:"Contacts that were merged into this one, directly or through others: what they have completes what it has, and stays theirs"`
	Conversations int             `json:"conversations" readOnly:"true" doc:"Conversations so far, those of merged contacts included; counted up to 100"`
	Masked        []string        `json:"masked" readOnly:"true" doc:"JSON pointers to what is shown masked; POST /contacts/{id}/reveal shows it"`
	CreatedAt     Time            `json:"created_at,omitzero" readOnly:"true" doc:"When it was first seen"`
}

// MergedContact is a contact that was merged into another one.
type MergedContact struct {
	ID         string     `json:"id" doc:"con_…; wherever an id of a contact is asked for, it leads to the one that stands for it"`
	Name       string     `json:"name" doc:"Its own name; may be empty"`
	Identities []Identity `json:"identities" doc:"Its own identities"`
	Into       string     `json:"merged_into" doc:"con_…: the one that it was merged into"`
	By         Ref        `json:"merged_by" doc:"Who did it"`
	At         Time       `json:"merged_at" doc:"When"`
}

// MergeBody is the body of POST /contacts/{id}/merge.
type MergeBody struct {
	Contact string `json:"contact_id" required:"true" maxLength:"64" doc:"con_…: the contact that is merged into the one of the address"`
}

// MaxIdentities is how many identities, and how many documents, a contact may have of its own.
const MaxIdentities = 20

// MaxFieldText is the longest text of a custom field, in characters.
const MaxFieldText = 1000

// ContactField defines a custom field of contacts.
type ContactField struct {
	ID       string   `json:"id" readOnly:"true" doc:"cfd_…"`
	Version  int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Key      string   `json:"key" required:"true" maxLength:"40" doc:"Name in fields: a letter, then letters, digits and _, all in lower case; unique; stays as it is"`
	Label    string   `json:"label" required:"true" maxLength:"100" doc:"What people read"`
	Kind     string   `json:"kind" enum:"text,number,date,bool,choice" default:"text" doc:"What the value is; stays as it is"`
	Choices  []string `json:"choices" maxItems:"200" maxLength:"200" doc:"choice: the values"`
	Required bool     `json:"required" doc:"Listed in missing_fields until it has a value, and cannot be emptied any more"`
	Masked   bool     `json:"masked" doc:"Shown masked until it is revealed"`
	Position int      `json:"position" minimum:"0" maximum:"1000" default:"0" doc:"Order on screens, lower first"`
}

func (f ContactField) check() []FieldError {
	out := duplicates("/choices", f.Choices)
	if !isFieldKey(f.Key) {
		out = append(out, FieldError{Pointer: "/key", Code: FieldInvalid})
	}
	if (f.Kind == "choice") != (len(f.Choices) > 0) {
		out = append(out, FieldError{Pointer: "/choices", Code: FieldInvalid})
	}
	return out
}

func isFieldKey(key string) bool {
	for i := range len(key) {
		c := key[i]
		if (c < 'a' || c > 'z') && (i == 0 || (c < '0' || c > '9') && c != '_') {
			return false
		}
	}
	return key != ""
}

// ContactPrivacy says which personal data of contacts is shown masked. There is one, with defaults until it is changed.
type ContactPrivacy struct {
	Version         int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	MaskedDocuments []string `json:"masked_documents" maxItems:"3" enum:"cpf,cnpj,rg" doc:"Kinds of documents that are shown masked, such as cpf; custom fields say so themselves"`
}

// RevealBody is the body of POST /contacts/{id}/reveal.
type RevealBody struct {
	Reason   string   `json:"reason" required:"true" maxLength:"200" doc:"Why it is needed; kept for the audit"`
	Pointers []string `json:"pointers,omitempty" maxItems:"50" maxLength:"80" doc:"Which of masked; all of them when absent"`
}

func (p ContactPrivacy) check() []FieldError {
	return duplicates("/masked_documents", p.MaskedDocuments)
}

// Consent is what a contact said about one purpose.
type Consent struct {
	Purpose    string `json:"purpose" doc:"What the consent is about, such as marketing"`
	State      string `json:"state" doc:"given or withdrawn"`
	Source     string `json:"source" doc:"Where it was said"`
	Note       string `json:"note,omitempty" doc:"More about it"`
	By         Author `json:"by" doc:"Who recorded it"`
	At         Time   `json:"at" doc:"When the contact said it"`
	RecordedAt Time   `json:"recorded_at" doc:"When it was recorded"`
}

// ConsentBody is the body of POST /contacts/{id}/consents. The latest word on a purpose counts; the history is kept.
type ConsentBody struct {
	Purpose string `json:"purpose" required:"true" maxLength:"40" doc:"A letter, then letters, digits and _, all in lower case" example:"marketing"`
	State   string `json:"state" required:"true" enum:"given,withdrawn" doc:"What the contact said"`
	Source  string `json:"source" required:"true" maxLength:"100" doc:"Where it was said" example:"call of 12 March"`
	Note    string `json:"note,omitempty" maxLength:"500" doc:"More about it"`
	At      Time   `json:"at,omitzero" doc:"When the contact said it; now when absent"`
}

func (b ConsentBody) check() []FieldError {
	if !isFieldKey(b.Purpose) {
		return []FieldError{{Pointer: "/purpose", Code: FieldInvalid}}
	}
	return nil
}

// ContactNote is a note about a contact; it never leaves to a channel.
type ContactNote struct {
	ID        string `json:"id" doc:"not_…"`
	ContactID string `json:"contact_id" doc:"con_…"`
	Author    Author `json:"author" doc:"Who wrote it"`
	Text      string `json:"text" doc:"Plain text"`
	At        Time   `json:"at" doc:"When it became durable"`
}

// ContactNoteBody is the body of POST /contacts/{id}/notes.
type ContactNoteBody struct {
	Text string `json:"text" required:"true" maxLength:"4096" doc:"Plain text"`
}

// Reveal says that somebody was shown what is masked.
type Reveal struct {
	ContactID string   `json:"contact_id" doc:"con_…"`
	By        Author   `json:"by" doc:"To whom"`
	Reason    string   `json:"reason" doc:"Why, in the person's words"`
	Pointers  []string `json:"pointers" doc:"What was revealed"`
	At        Time     `json:"at" doc:"When"`
}
