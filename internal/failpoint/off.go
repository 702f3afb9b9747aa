//go:build !failpoints

package failpoint

// Here is a place at which tests may end the process.
func Here(string) {}
