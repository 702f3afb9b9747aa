//go:build !race

package storage

// thin is the share of the exhaustive tests that runs: all.
const thin = 1
