//go:build plantedbugs

package dispatch

// Plant names the bug that is switched on, to prove that the simulator finds it. Set it while no machine runs.
var Plant string

func planted(bug string) bool { return Plant == bug }
