//go:build plantedbugs

package sim

// plantable lets Params.Plant choose one of the planted bugs.
const plantable = true
