//go:build !plantedbugs

package hooks

// planted is false in every build but the one that tests the tests.
func planted(string) bool { return false }
