package protocol

// Backup is a finished backup in the server's folder for them.
type Backup struct {
	Name    string   `json:"name" doc:"Its folder's name, by the time at which it was made" example:"20261123T120000Z"`
	Path    string   `json:"path" doc:"Where it is on the server's machine"`
	MadeAt  Time     `json:"made_at" doc:"When it was made; what was acknowledged before is in it"`
	Files   int      `json:"files" doc:"Number of files"`
	Bytes   int64    `json:"bytes" doc:"Their size"`
	Removed []string `json:"removed,omitempty" doc:"Names of the older backups that were removed because of keep"`
}
