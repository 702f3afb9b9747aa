//go:build !linux

package cputime

// HugePages does nothing: other systems give such pages unasked, or not at all.
func HugePages(budget uint64) error { return nil }
