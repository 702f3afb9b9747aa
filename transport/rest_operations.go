package transport

import (
	"context"
	"net/http"
	"time"

	"pronto/protocol"
)

// Operations is what an operator asks of a running server.
type Operations interface {
	// Backup makes a backup beside the running work, and then removes older ones of the server's beyond keep; 0: none.
	// CodeOverloaded while another one is being made.
	Backup(ctx context.Context, keep int) (protocol.Backup, error)
	// Backups lists the finished ones, newest first.
	Backups(ctx context.Context) ([]protocol.Backup, error)
}

// backupTimeout is for large folders on slow disks.
const backupTimeout = 2 * time.Hour

func (s *Server) registerOperations() {
	const tag = "operations"
	handle(s, route{
		method: http.MethodPost, path: "/backups", tag: tag, summary: "Make a backup; answered when it is durable", action: ActManage,
		status: http.StatusCreated, timeout: backupTimeout,
	}, s.makeBackup)
	handle(s, route{method: http.MethodGet, path: "/backups", tag: tag, summary: "Finished backups, newest first", action: ActManage}, s.listBackups)
}

type backupQuery struct {
	Keep int `query:"keep" minimum:"1" maximum:"10000" doc:"Keep so many of the server's backups, this one too, and remove older ones; all are kept if it is absent"`
}

func (s *Server) makeBackup(ctx context.Context, q *backupQuery) (*bodyOf[protocol.Backup], error) {
	b, err := s.o.Operations.Backup(ctx, q.Keep)
	if err != nil {
		return nil, err
	}
	out := answer(b)
	out.Status = http.StatusCreated
	return out, nil
}

func (s *Server) listBackups(ctx context.Context, _ *struct{}) (*bodyOf[protocol.Page[protocol.Backup]], error) {
	list, err := s.o.Operations.Backups(ctx)
	if err != nil {
		return nil, err
	}
	return answer(protocol.Page[protocol.Backup]{Items: append([]protocol.Backup{}, list...)}), nil
}
