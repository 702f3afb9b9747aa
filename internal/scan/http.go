package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// HTTP is any program that takes a file in a POST and answers {"infected": true or false, "name": "…"}. 413, 415 and 422
// mean that it will never judge this file; any other status than 200 that it may later.
type HTTP struct {
	Client *http.Client
	URL    string
	Token  string // bearer; empty: none
}

type answer struct {
	Infected *bool  `json:"infected"`
	Name     string `json:"name"`
}

const maxAnswer = 64 << 10

// Scan posts the file.
func (h HTTP) Scan(ctx context.Context, file io.Reader) (Verdict, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, io.NopCloser(file))
	if err != nil {
		return Verdict{}, errors.New("address of the scanner is malformed")
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	if h.Token != "" {
		request.Header.Set("Authorization", "Bearer "+h.Token)
	}
	response, err := h.Client.Do(request)
	if err != nil {
		return Verdict{}, fmt.Errorf("ask scanner: %w", withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return Verdict{}, fmt.Errorf("%w: status %d", ErrUnfit, response.StatusCode)
	default:
		return Verdict{}, fmt.Errorf("scanner answered %d", response.StatusCode)
	}
	var a answer
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&a); err != nil || a.Infected == nil {
		return Verdict{}, errors.New("scanner answered something else than a verdict")
	}
	return Verdict{Infected: *a.Infected, Name: a.Name}, nil
}

// withoutURL drops the address from a client's error: it may carry what logs should not.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
