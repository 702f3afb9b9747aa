// Package whatsapp speaks the WhatsApp Cloud API: it verifies and reads the provider's webhooks, sends messages, and
// fetches the files that customers send.
//
// Owns: the wire format, the signature, what each type of message reads like as plain text, what each of the provider's
// error codes means for a message, and the 24-hour window.
//
// Does not own: deduplication, contacts, retries, and which channel a webhook is for; the phone number id is in every
// value so that the caller can compare it with the channel's.
//
// Concurrency and order: Parse is pure. A Sender is safe for concurrent use. Values of one webhook come in the provider's
// order, which for statuses is any.
//
// Errors: ErrTooLarge, ErrMalformed, ErrNotVerified, and ErrMedia… of Fetch; Deliver returns a delivery.Result in every case. Parse never loses a
// message because it does not understand it, nor because another one in the batch is damaged.
package whatsapp
