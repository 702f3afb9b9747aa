//go:build failpoints

package failpoint

import (
	"fmt"
	"strconv"
	"strings"
)

const variable = "PRONTO_FAILPOINT"

// parse reads NAME:N or NAME:N:later; N is at least 1.
func parse(text string) (name string, n int64, later bool, err error) {
	parts := strings.Split(text, ":")
	if len(parts) == 3 && parts[2] == "later" {
		later, parts = true, parts[:2]
	}
	if len(parts) == 2 {
		n, err = strconv.ParseInt(parts[1], 10, 64)
	}
	if len(parts) != 2 || parts[0] == "" || err != nil || n < 1 {
		return "", 0, false, fmt.Errorf("%s=%q is not NAME:N or NAME:N:later, with N from 1 on", variable, text)
	}
	return parts[0], n, later, nil
}
