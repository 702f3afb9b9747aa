package access

import (
	"errors"
	"fmt"
	"time"
)

// What the gate answers.
var (
	// ErrForbidden: this role, or this token's scopes, never may.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: there is no such object, or it is not for this principal to know of. Also what a Store and People
	// return for what they do not have.
	ErrNotFound = errors.New("not found")
	// ErrNotOwner: the principal knows the conversation, but only its owner may do this.
	ErrNotOwner = errors.New("not the owner")
)

// What sign-in and credentials answer.
var (
	// ErrUnauthorized: no credential, or one that is unknown, malformed, expired or revoked; deliberately not told apart.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrBadCredentials: login and password do not belong together; deliberately the same for an unknown login.
	ErrBadCredentials = errors.New("wrong login or password")
	// ErrBusy: too many sign-ins or tickets at once; try again.
	ErrBusy = errors.New("too many sign-ins at once")
	// ErrWeakPassword: shorter than MinPasswordRunes or longer than MaxPasswordBytes.
	ErrWeakPassword = fmt.Errorf("password must have at least %d characters", MinPasswordRunes)
	// ErrDisabled: somebody who may not sign in gets no link.
	ErrDisabled = errors.New("the account is disabled")
	// ErrBadScope: not one of the scopes of this version.
	ErrBadScope = errors.New("unknown scope")
	// ErrBadExpiry: an API token would have expired before it was made.
	ErrBadExpiry = errors.New("expiry is in the past")
	// ErrStale is what a Store returns when a document does not have the expected version.
	ErrStale = errors.New("document has another version")
)

// BackoffError refuses a sign-in because of earlier failures, for the account or for the address.
type BackoffError struct{ RetryAfter time.Duration }

func (e *BackoffError) Error() string {
	return fmt.Sprintf("too many failed sign-ins, try again in %s", e.RetryAfter.Round(time.Second))
}
