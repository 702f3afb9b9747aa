// Package sim runs hundreds of real machines of dispatch over the real storage code, under one seeded scheduler that
// delays, repeats, reorders and loses messages, crashes actors and the whole node, pauses, and moves the clock; after
// every step it checks the invariants of the product.
//
// Owns: the simulated network, clock, disk (Pebble's crashable in-memory file system), shells, clients, customers,
// supervisors and receivers of webhooks; a model of everything durable, kept outside of storage, and the checks.
//
// Does not own: any rule. The shells do what the actors do: step, make durable, then tell. Webhooks are those of
// internal/hooks; what happens for them is beside the steps, so that a world with them is as it is without until a crash
// of theirs.
//
// Concurrency and order: one goroutine and one seed per simulation; the same seed gives the same trace. Nothing reads the
// wall clock or depends on the order of a map. Seeds are independent of each other and may run in parallel.
//
// Replay: TestSeeds reads PRONTO_SIM_SEED (one seed, everything printed), PRONTO_SIM_SEEDS, PRONTO_SIM_STEPS and
// PRONTO_SIM_BASE (the first seed); PRONTO_SIM_QUIET replays without the printing. The build tag plantedbugs adds
// TestPlantedBugs.
//
// Cost: about 0.1 s of CPU for a seed of 2000 steps. What storage holds is read whole and compared at every rest and after
// every crash of the node; a check of it that would read the same rows again is spared (again.go), but for one world in
// sixteen. A long run keeps nothing of a seed that is over, and can be split: PRONTO_SIM_BASE and PRONTO_SIM_SEEDS say which
// seeds, and the sums that TestSeeds prints, with the digest, add up.
//
// Errors: a broken invariant is a *[Violation] with seed, step, the invariant and the last events of the entity.
package sim
