package dispatch

// Code names why a command was refused. The list is closed and stable on the wire.
type Code string

// The codes, as they travel.
const (
	CodeBadRequest         Code = "bad_request"
	CodeForbidden          Code = "forbidden"
	CodeNotFound           Code = "not_found"
	CodeInternal           Code = "internal"
	CodeOverloaded         Code = "overloaded"
	CodeRateLimited        Code = "rate_limited"
	CodeReadOnly           Code = "read_only"
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
	CodeConversationOpen   Code = "conversation_open"
	CodeNotChangeable      Code = "not_changeable"
	CodeNotRatable         Code = "not_ratable"
	CodeContactMerged      Code = "contact_merged"
	CodeCommandIDReused    Code = "command_id_reused"
)

// Error is a refusal: the command had no effect. Detail says which of several causes it was, in a word that is safe to
// show ("offline", "full", "/script/reason_id"); it never holds what a person typed.
type Error struct {
	Code    Code   `cbor:"1,keyasint"`
	Message string `cbor:"2,keyasint,omitempty"`
	Detail  string `cbor:"3,keyasint,omitempty"`
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Is reports equal codes, so that errors.Is(err, &Error{Code: CodeNotOwner}) works.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

func refuse(code Code, message string) *Error { return &Error{Code: code, Message: message} }

func refuseBecause(code Code, message, detail string) *Error {
	return &Error{Code: code, Message: message, Detail: detail}
}
