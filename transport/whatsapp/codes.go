package whatsapp

import "pronto/transport/delivery"

// meaning is what one of the provider's error codes says about a message.
type meaning struct {
	state  delivery.State
	reason string
}

// meanings are the codes that say something exact. The rest is a rejection.
var meanings = map[int]meaning{
	0:      {delivery.Failed, delivery.ReasonUnauthorized},
	1:      {delivery.Unknown, delivery.ReasonUnavailable}, // "invalid request or possible server error"
	2:      {delivery.Retry, delivery.ReasonUnavailable},
	3:      {delivery.Failed, delivery.ReasonUnauthorized},
	4:      {delivery.Retry, delivery.ReasonRateLimited},
	10:     {delivery.Failed, delivery.ReasonUnauthorized},
	190:    {delivery.Failed, delivery.ReasonUnauthorized},
	368:    {delivery.Failed, delivery.ReasonBlocked},
	80007:  {delivery.Retry, delivery.ReasonRateLimited},
	130429: {delivery.Retry, delivery.ReasonRateLimited}, // throughput of the number
	130472: {delivery.Failed, delivery.ReasonUndeliverable},
	130497: {delivery.Failed, delivery.ReasonBlocked},
	131000: {delivery.Unknown, delivery.ReasonUnavailable},
	131005: {delivery.Failed, delivery.ReasonUnauthorized},
	131016: {delivery.Retry, delivery.ReasonUnavailable},
	131021: {delivery.Failed, delivery.ReasonUndeliverable}, // sender is the recipient
	131026: {delivery.Failed, delivery.ReasonUndeliverable},
	131030: {delivery.Failed, delivery.ReasonUndeliverable}, // not in the test number's list
	131031: {delivery.Failed, delivery.ReasonBlocked},
	131042: {delivery.Failed, delivery.ReasonBlocked}, // payment
	131047: {delivery.Failed, delivery.ReasonWindowClosed},
	131048: {delivery.Retry, delivery.ReasonRateLimited}, // spam limit of the number
	131049: {delivery.Failed, delivery.ReasonUndeliverable},
	131056: {delivery.Retry, delivery.ReasonRateLimited}, // too many to this contact
	131057: {delivery.Retry, delivery.ReasonUnavailable}, // maintenance
	133016: {delivery.Retry, delivery.ReasonRateLimited},
}

const firstPermissionCode, lastPermissionCode = 200, 299

func meaningOf(code int) meaning {
	if m, ok := meanings[code]; ok {
		return m
	}
	if code >= firstPermissionCode && code <= lastPermissionCode {
		return meaning{delivery.Failed, delivery.ReasonUnauthorized}
	}
	return meaning{delivery.Failed, delivery.ReasonRejected}
}
