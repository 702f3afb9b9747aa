package sim

// plant reports whether the named bug is planted in this run; always false without the build tag.
func (s *Sim) plant(name string) bool { return plantable && s.p.Plant == name }
