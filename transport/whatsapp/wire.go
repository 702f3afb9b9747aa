package whatsapp

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// text is a JSON string that may come as a number; anything else reads as empty. The provider has changed between the two
// before.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	switch c := raw[0]; {
	case c == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*t = text(s)
	case c == '-' || c >= '0' && c <= '9':
		*t = text(raw)
	}
	return nil
}

// list is a JSON array whose elements are read one by one, so that a damaged one spoils nothing but itself. What is not an
// array reads as empty.
type list []json.RawMessage

func (l *list) UnmarshalJSON(raw []byte) error {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return err
	}
	*l = elements
	return nil
}

// lenient reads an object of type T; what is not an object, or has a field of another type, reads as far as it can.
type lenient[T any] struct{ v T }

func (l *lenient[T]) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '{' {
		_ = json.Unmarshal(raw, &l.v)
	}
	return nil
}

// object reads one element of a list and reports whether it is an object at all.
func object[T any](raw json.RawMessage) (T, bool) {
	var l lenient[T]
	_ = l.UnmarshalJSON(raw)
	return l.v, len(bytes.TrimSpace(raw)) > 0 && raw[0] == '{'
}

type (
	wireEnvelope struct {
		Object text `json:"object"`
		Entry  list `json:"entry"`
	}
	wireEntry struct {
		Changes list `json:"changes"`
	}
	wireChange struct {
		Field text               `json:"field"`
		Value lenient[wireValue] `json:"value"`
	}
	wireValue struct {
		Metadata lenient[struct {
			PhoneNumberID text `json:"phone_number_id"`
		}] `json:"metadata"`
		Contacts list `json:"contacts"`
		Messages list `json:"messages"`
		Statuses list `json:"statuses"`
		Errors   list `json:"errors"`
	}
	wireContact struct {
		WaID         text `json:"wa_id"`
		UserID       text `json:"user_id"`
		ParentUserID text `json:"parent_user_id"`
		Profile      lenient[struct {
			Name     text `json:"name"`
			Username text `json:"username"`
		}] `json:"profile"`
	}
	wireError struct {
		Code    text `json:"code"`
		Title   text `json:"title"`
		Message text `json:"message"`
	}
	wireStatus struct {
		ID              text `json:"id"`
		Status          text `json:"status"`
		Timestamp       text `json:"timestamp"`
		RecipientID     text `json:"recipient_id"`
		RecipientUserID text `json:"recipient_user_id"`
		Callback        text `json:"biz_opaque_callback_data"`
		Errors          list `json:"errors"`
	}
	wireMedia struct {
		ID       text `json:"id"`
		MIME     text `json:"mime_type"`
		SHA256   text `json:"sha256"`
		Caption  text `json:"caption"`
		FileName text `json:"filename"`
	}
	wireMessage struct {
		ID               text `json:"id"`
		From             text `json:"from"`
		FromUserID       text `json:"from_user_id"`
		FromParentUserID text `json:"from_parent_user_id"`
		Timestamp        text `json:"timestamp"`
		Type             text `json:"type"`
		Context          lenient[struct {
			ID text `json:"id"`
		}] `json:"context"`
		Text lenient[struct {
			Body text `json:"body"`
		}] `json:"text"`
		Image    lenient[wireMedia] `json:"image"`
		Audio    lenient[wireMedia] `json:"audio"`
		Video    lenient[wireMedia] `json:"video"`
		Document lenient[wireMedia] `json:"document"`
		Sticker  lenient[wireMedia] `json:"sticker"`
		Location lenient[struct {
			Latitude  text `json:"latitude"`
			Longitude text `json:"longitude"`
			Name      text `json:"name"`
			Address   text `json:"address"`
		}] `json:"location"`
		Contacts    list                     `json:"contacts"`
		Interactive lenient[wireInteractive] `json:"interactive"`
		Button      lenient[struct {
			Text text `json:"text"`
		}] `json:"button"`
		Reaction lenient[struct {
			MessageID text `json:"message_id"`
			Emoji     text `json:"emoji"`
		}] `json:"reaction"`
		Order lenient[struct {
			Text         text `json:"text"`
			ProductItems list `json:"product_items"`
		}] `json:"order"`
		System lenient[struct {
			Body text `json:"body"`
		}] `json:"system"`
		Errors list `json:"errors"`
	}
	wireInteractive struct {
		ButtonReply lenient[wireReply] `json:"button_reply"`
		ListReply   lenient[wireReply] `json:"list_reply"`
		FormReply   lenient[struct {
			Body text `json:"body"`
		}] `json:"nfm_reply"`
	}
	wireReply struct {
		Title       text `json:"title"`
		Description text `json:"description"`
	}
	wireCard struct {
		Name lenient[struct {
			Formatted text `json:"formatted_name"`
		}] `json:"name"`
		Phones list `json:"phones"`
	}
	wirePhone struct {
		Phone text `json:"phone"`
	}
	wireItem struct {
		Product  text `json:"product_retailer_id"`
		Quantity text `json:"quantity"`
		Price    text `json:"item_price"`
		Currency text `json:"currency"`
	}
)

// time reads Unix seconds; zero for anything before 2009, when there was no WhatsApp, or absurdly late.
func (t text) time() time.Time {
	const earliest, latest = 1230768000, 4102444800 // 2009 and 2100
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil || n < earliest || n > latest {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func (t text) number() int {
	n, err := strconv.Atoi(string(t))
	if err != nil {
		return 0
	}
	return n
}
