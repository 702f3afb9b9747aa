//go:build !plantedbugs

package dispatch

// planted is false in every build but the one that tests the tests.
func planted(string) bool { return false }
