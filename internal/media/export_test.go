package media

// Upright is upright, for the samplings that no encoder here makes.
var Upright = upright
