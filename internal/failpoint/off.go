//go:build !failpoints

package failpoint

// Here is a place at which tests may end the process or hold it up.
func Here(string) {}
