package protocol

// Announcement is what supervisors and administrators tell the people of some queues, or everybody, on the desk.
type Announcement struct {
	ID        string   `json:"id" readOnly:"true" doc:"ann_…"`
	Version   int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match. One that was changed is unread again"`
	Title     string   `json:"title" required:"true" maxLength:"100" doc:"What it is about"`
	Text      string   `json:"text" required:"true" maxLength:"2000" doc:"Plain text; line breaks are kept"`
	Important bool     `json:"important" doc:"It stands out, and above the others"`
	QueueIDs  []string `json:"queue_ids" maxItems:"200" maxLength:"64" doc:"For who serves or supervises one of these queues; empty: for everybody"`
	From      Time     `json:"from,omitzero" doc:"Shown from then on; absent: at once"`
	Until     Time     `json:"until,omitzero" doc:"Shown until then; absent: until it is removed"`
}

// Meta of the announcement.
func (a *Announcement) Meta() Meta { return Meta{&a.ID, &a.Version} }

func (a Announcement) check() []FieldError {
	out := duplicates("/queue_ids", a.QueueIDs)
	if !a.From.IsZero() && !a.Until.IsZero() && !a.Until.After(a.From.Time) {
		out = append(out, FieldError{Pointer: "/until", Code: FieldRange})
	}
	return out
}

// AnnouncementShown is an announcement as one agent is shown it.
type AnnouncementShown struct {
	Announcement
	Read bool `json:"read" doc:"The agent has marked this version as read"`
}

// AnnouncementsNow is what concerns an agent at present.
type AnnouncementsNow struct {
	Items     []AnnouncementShown `json:"items" doc:"Important ones first, then the newest"`
	ChangesAt Time                `json:"changes_at,omitzero" doc:"When the next one begins or ends; absent: not in sight. Changes by people are told with config.changed, to those whom they concern"`
}
