package protocol

// SearchHit is a message or a note that was found.
type SearchHit struct {
	Kind           string     `json:"kind" doc:"message or note"`
	ID             string     `json:"id" doc:"msg_… or not_…"`
	Seq            int64      `json:"seq,omitempty" doc:"message: its place in the conversation"`
	ConversationID string     `json:"conversation_id" doc:"cnv_…"`
	ProtocolNumber string     `json:"protocol_number" doc:"Number of the conversation for people"`
	State          string     `json:"state" doc:"State of the conversation now"`
	Queue          Ref        `json:"queue" doc:"Its queue now"`
	Channel        ChannelRef `json:"channel" doc:"Its channel"`
	Contact        ContactRef `json:"contact" doc:"Its contact"`
	Author         Author     `json:"author" doc:"Who wrote it"`
	At             Time       `json:"at" doc:"When it became durable"`
	Excerpt        Excerpt    `json:"excerpt" doc:"What it says around the first place that was found"`
}

// Excerpt is part of a text with what was found in it.
type Excerpt struct {
	Text       string      `json:"text" doc:"One line of plain text; … stands where the text goes on"`
	Highlights []Highlight `json:"highlights" doc:"What was found, in order; they do not overlap"`
}

// Highlight is a place in an excerpt, counted in code points.
type Highlight struct {
	Start int `json:"start" doc:"The first code point"`
	End   int `json:"end" doc:"The code point behind the last one"`
}
