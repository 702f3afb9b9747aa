//go:build !plantedbugs

package sim

// plantable is false: no bug can be planted, and the checks for it compile away.
const plantable = false
