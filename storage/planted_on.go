//go:build plantedbugs

package storage

// Plant names the bug that is switched on, to prove that the simulator finds it. Set it while no store is open.
var Plant string

func planted(bug string) bool { return Plant == bug }
