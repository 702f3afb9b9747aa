//go:build plantedbugs

package hooks

// Plant names the bug that is switched on, to prove that the simulator finds it. Set it while no Follower runs.
var Plant string

func planted(bug string) bool { return Plant == bug }
