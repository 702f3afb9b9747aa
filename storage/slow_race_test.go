//go:build race

package storage

// thin is the share of the exhaustive tests that runs: under the race detector Pebble
// also checks its own invariants, and is 30 times slower.
const thin = 8
