package protocol

// Code says why a request or a command was refused. The list is closed per version and stable on the wire.
type Code string

// The codes of version 1.
const (
	CodeBadRequest         Code = "bad_request"
	CodeUnauthorized       Code = "unauthorized"
	CodeForbidden          Code = "forbidden"
	CodeNotFound           Code = "not_found"
	CodeMethodNotAllowed   Code = "method_not_allowed"
	CodeConflict           Code = "conflict"
	CodeAlreadyExists      Code = "already_exists"
	CodeInUse              Code = "in_use"
	CodeVersionMismatch    Code = "version_mismatch"
	CodePayloadTooLarge    Code = "payload_too_large"
	CodeUnsupportedMedia   Code = "unsupported_media_type"
	CodeRateLimited        Code = "rate_limited"
	CodeOverloaded         Code = "overloaded"
	CodeInternal           Code = "internal"
	CodeReadOnly           Code = "read_only"
	CodeIdempotencyReused  Code = "idempotency_key_reused"
	CodeCommandIDReused    Code = "command_id_reused"
	CodeReasonRequired     Code = "reason_required"
	CodeOfferExpired       Code = "offer_expired"
	CodeOfferWithdrawn     Code = "offer_withdrawn"
	CodeOfferTaken         Code = "offer_taken"
	CodeNotReady           Code = "not_ready"
	CodeNotOwner           Code = "not_owner"
	CodeConversationClosed Code = "conversation_closed"
	CodeWindowClosed       Code = "channel_window_closed"
	CodeEmptyMessage       Code = "empty_message"
	CodeTooLong            Code = "too_long"
	CodeTargetUnavailable  Code = "target_unavailable"
	CodeTransferPending    Code = "transfer_pending"
	CodeNoTransfer         Code = "no_transfer"
	CodeScriptRequired     Code = "script_required"
	CodeTooLarge           Code = "too_large"
	CodeTypeRefused        Code = "type_refused"
	CodeQuotaExceeded      Code = "quota_exceeded"
	CodeNotAvailable       Code = "not_available"
	CodeConversationOpen   Code = "conversation_open"
	CodeNotChangeable      Code = "not_changeable"
	CodeNotRatable         Code = "not_ratable"
	CodeContactMerged      Code = "contact_merged"
)

// CodeInfo is one row of the table of error codes.
type CodeInfo struct {
	Code   Code
	Status int    // HTTP status of the problem document
	Text   string // one sentence, also the problem's title
}

// Codes is every error code with its HTTP status, in the order of the documentation.
var Codes = []CodeInfo{
	{CodeBadRequest, 400, "The request is malformed; errors names the fields."},
	{CodeUnauthorized, 401, "Sign in first, or the credential is no longer valid."},
	{CodeForbidden, 403, "The credential does not allow this."},
	{CodeNotFound, 404, "There is no such object, or it is not yours to see."},
	{CodeMethodNotAllowed, 405, "The address exists, the method does not."},
	{CodeConflict, 409, "The object changed meanwhile, or its state does not allow this."},
	{CodeAlreadyExists, 409, "A value that must be unique is taken; errors names the field."},
	{CodeInUse, 409, "Other objects refer to this one."},
	{CodeIdempotencyReused, 409, "The Idempotency-Key was used with another request."},
	{CodeVersionMismatch, 412, "If-Match names an old version; read the object again."},
	{CodePayloadTooLarge, 413, "The body is larger than this address takes."},
	{CodeUnsupportedMedia, 415, "The body must be application/json, or of another type that the address names."},
	{CodeRateLimited, 429, "Too many requests; wait for Retry-After or retry_after_ms."},
	{CodeInternal, 500, "The server could not carry this out; request_id finds it in the log."},
	{CodeOverloaded, 503, "The server is too busy for this now; try again after Retry-After."},
	{CodeReadOnly, 503, "The server takes no changes at present, for example because its disk is nearly full."},
	{CodeCommandIDReused, 409, "The command id was used with another command."},
	{CodeReasonRequired, 422, "The organisation demands a reason for not ready."},
	{CodeOfferExpired, 409, "The offer's time was over."},
	{CodeOfferWithdrawn, 409, "The offer was taken back."},
	{CodeOfferTaken, 409, "Another agent has accepted."},
	{CodeNotReady, 409, "The agent is not ready."},
	{CodeNotOwner, 403, "Another agent, or nobody, owns the conversation."},
	{CodeConversationClosed, 409, "The conversation is closed."},
	{CodeWindowClosed, 409, "The channel takes no free message for this contact now."},
	{CodeEmptyMessage, 422, "The message has neither text nor attachment."},
	{CodeTooLong, 422, "The text is longer than the channel takes."},
	{CodeTargetUnavailable, 409, "The target cannot take the conversation; data.reason says why."},
	{CodeTransferPending, 409, "A transfer is under way already."},
	{CodeNoTransfer, 409, "There is no transfer to cancel."},
	{CodeScriptRequired, 422, "The queue demands the script before closing."},
	{CodeTooLarge, 413, "The file is larger than data.max_bytes."},
	{CodeTypeRefused, 415, "Files of this type are not taken; data.reason says why."},
	{CodeQuotaExceeded, 409, "The organisation's space for files is used up."},
	{CodeConversationOpen, 409, "A conversation is open: data.reason is this, or another one of the contact on the channel."},
	{CodeNotChangeable, 409, "The message cannot be changed: data.reason is channel, author, too_late or redacted."},
	{CodeNotRatable, 409, "The conversation cannot be rated now: data.reason is not_asked, open or too_late."},
	{CodeContactMerged, 409, "The contact was merged into another one: data.reason is that one's id, where it is known."},
	{CodeNotAvailable, 409, "The file cannot be given out or sent: data.reason is its state."},
}

// Info returns the row of c; an unknown code counts as internal.
func (c Code) Info() CodeInfo {
	for _, row := range Codes {
		if row.Code == c {
			return row
		}
	}
	return CodeInternal.Info()
}

// Problem is the body of every REST error: application/problem+json (RFC 9457).
type Problem struct {
	Type      string       `json:"type" doc:"Always about:blank; code says which problem it is" example:"about:blank"`
	Title     string       `json:"title" doc:"One sentence for people; may be reworded" example:"The request is malformed; errors names the fields."`
	Status    int          `json:"status" doc:"The HTTP status again" example:"400"`
	Code      Code         `json:"code" doc:"Stable code of the problem" example:"bad_request"`
	Detail    string       `json:"detail,omitempty" doc:"More for people; never contains what was sent"`
	Errors    []FieldError `json:"errors,omitempty" doc:"The fields at fault"`
	RequestID string       `json:"request_id" doc:"Finds the request in the server's log"`
	Data      *ErrorData   `json:"data,omitempty" doc:"What some codes add"`
}

// ErrorData is what some error codes add.
type ErrorData struct {
	Reason       string       `json:"reason,omitempty" doc:"target_unavailable: offline, not_ready, full, not_member, same_agent, gone, no_such_target; type_refused: not_allowed, damaged or too_many_pixels; others: a stable word"`
	RetryAfterMS int64        `json:"retry_after_ms,omitempty" doc:"rate_limited, overloaded: milliseconds until the next try makes sense"`
	MaxBytes     int64        `json:"max_bytes,omitempty" doc:"too_large: the most that is taken"`
	Errors       []FieldError `json:"errors,omitempty" doc:"bad_request: the fields at fault"`
}

// CloseCode is a websocket close code.
type CloseCode int

// The close codes that the server sends. Standard ones keep their meaning; 4000 and up are this protocol's.
const (
	CloseNormal     CloseCode = 1000
	CloseTooBig     CloseCode = 1009
	CloseRestart    CloseCode = 1012
	CloseOverloaded CloseCode = 1013
	CloseProtocol   CloseCode = 4000
	CloseBadTicket  CloseCode = 4001
	CloseForbidden  CloseCode = 4003
	CloseTooSlow    CloseCode = 4008
	CloseSuperseded CloseCode = 4009
	CloseRevoked    CloseCode = 4010
	CloseRate       CloseCode = 4029
)

// CloseInfo is one row of the table of close codes.
type CloseInfo struct {
	Code   CloseCode
	Reason string // the text in the close frame
	Client string // what the client should do
}

// CloseCodes is every close code that the server sends.
var CloseCodes = []CloseInfo{
	{CloseNormal, "bye", "nothing: the client closed, or the session was signed out"},
	{CloseTooBig, "too big", "do not repeat: a frame was larger than max_frame_bytes"},
	{CloseRestart, "restart", "reconnect with jitter and resume"},
	{CloseOverloaded, "overloaded", "reconnect later, with growing pauses"},
	{CloseProtocol, "protocol error", "do not repeat: a frame was not what this protocol allows"},
	{CloseBadTicket, "bad ticket", "get a new ticket"},
	{CloseForbidden, "forbidden", "give up: the credential may not open a session"},
	{CloseTooSlow, "too slow", "reconnect and resume: the client did not read fast enough"},
	{CloseSuperseded, "superseded", "nothing: another connection continues this session"},
	{CloseRevoked, "revoked", "sign in again"},
	{CloseRate, "rate", "give up: commands came far above the limit"},
}

// Reason returns the text that goes into the close frame; it never holds internal values.
func (c CloseCode) Reason() string {
	for _, row := range CloseCodes {
		if row.Code == c {
			return row.Reason
		}
	}
	return ""
}
