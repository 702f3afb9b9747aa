package s3

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"pronto/internal/blob"
)

// tries of one request; the pauses between them double from 0.2 s to 1 s.
const tries = 4

// Options name the bucket. Endpoint is host[:port].
type Options struct {
	Endpoint  string
	Bucket    string
	Prefix    string // of every object's name; may be empty
	Region    string // empty: asked of the server
	AccessKey string
	SecretKey string
	Plain     bool // http instead of https
	Transport http.RoundTripper
}

// Store is a blob.Store in a bucket.
type Store struct {
	client *minio.Client
	bucket string
	prefix string
}

var _ blob.Store = (*Store)(nil)

// New makes a Store. It asks the server nothing; Check does.
func New(o Options) (*Store, error) {
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: !o.Plain, Region: o.Region, Transport: o.Transport, MaxRetries: tries,
	})
	if err != nil {
		return nil, fmt.Errorf("S3 endpoint: %w", err)
	}
	return &Store{client: client, bucket: o.Bucket, prefix: o.Prefix}, nil
}

// Check says whether the bucket can be reached with the credentials.
func (s *Store) Check(ctx context.Context) error {
	found, err := s.client.BucketExists(ctx, s.bucket)
	if err != nil {
		return fmt.Errorf("S3 bucket %s: %w", s.bucket, err)
	}
	if !found {
		return fmt.Errorf("S3 bucket %s does not exist", s.bucket)
	}
	return nil
}

func (s *Store) name(h blob.Hash) string { return s.prefix + h.String() }

// Keep uploads the file as one object.
func (s *Store) Keep(ctx context.Context, staged *blob.Staged) error {
	f, err := staged.Open()
	if err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	defer func() { _ = f.Close() }()
	_, err = s.client.PutObject(ctx, s.bucket, s.name(staged.Hash()), f, staged.Size(), minio.PutObjectOptions{
		ContentType: "application/octet-stream", SendContentMd5: true, DisableMultipart: true,
	})
	if err != nil {
		return fmt.Errorf("keep file: %w", named(err))
	}
	staged.Discard()
	return nil
}

// Open opens an object. Its bytes are fetched as they are read; ctx bounds all of that.
func (s *Store) Open(ctx context.Context, h blob.Hash) (blob.File, blob.Info, error) {
	object, err := s.client.GetObject(ctx, s.bucket, s.name(h), minio.GetObjectOptions{})
	if err != nil {
		return nil, blob.Info{}, fmt.Errorf("open file: %w", named(err))
	}
	have, err := object.Stat()
	if err != nil {
		_ = object.Close()
		return nil, blob.Info{}, fmt.Errorf("open file: %w", named(err))
	}
	return blob.Check(object, h, have.Size), blob.Info{Hash: h, Size: have.Size, Modified: have.LastModified}, nil
}

// Remove removes an object.
func (s *Store) Remove(ctx context.Context, h blob.Hash) error {
	err := s.client.RemoveObject(ctx, s.bucket, s.name(h), minio.RemoveObjectOptions{})
	if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchKey {
		return fmt.Errorf("remove file: %w", named(err))
	}
	return nil
}

// Each lists the objects below the prefix. Those that are not called like a hash are not ours.
func (s *Store) Each(ctx context.Context, fn func(blob.Info) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing when fn does
	for o := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true}) {
		if o.Err != nil {
			return fmt.Errorf("list files: %w", named(o.Err))
		}
		h, err := blob.ParseHash(strings.TrimPrefix(o.Key, s.prefix))
		if err != nil {
			continue
		}
		if err := fn(blob.Info{Hash: h, Size: o.Size, Modified: o.LastModified}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// named gives the server's refusals the names of blob. What it says may hold the name of a bucket, never a key.
func named(err error) error {
	r := minio.ToErrorResponse(err)
	switch {
	case r.Code == minio.NoSuchKey:
		return blob.ErrNotFound
	case r.StatusCode == http.StatusInsufficientStorage, r.Code == "QuotaExceeded", strings.HasSuffix(r.Code, "StorageFull"):
		return fmt.Errorf("%w: %s", blob.ErrNoRoom, r.Code)
	}
	return err
}
