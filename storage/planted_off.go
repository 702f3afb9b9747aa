//go:build !plantedbugs

package storage

// planted is false in every build but the one that tests the tests.
func planted(string) bool { return false }
