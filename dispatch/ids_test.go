package dispatch

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestIDsGiveBackWhatTheyWereMadeOf covers every time that 48 bits of milliseconds can name.
func TestIDsGiveBackWhatTheyWereMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"cnv", "off", "a_b"}).Draw(t, "prefix")
		ms := rapid.Int64Range(0, 1<<48-1).Draw(t, "ms")
		p := Partition(rapid.IntRange(0, Partitions-1).Draw(t, "partition"))
		id := FormatID(prefix, time.UnixMilli(ms), p, rapid.Uint64().Draw(t, "entropy"))
		gotPrefix, at, gotP, err := ParseID(id)
		if err != nil || gotPrefix != prefix || at.UnixMilli() != ms || gotP != p || PartitionOf(id) != p {
			t.Fatalf("%s: %s %v %d %v", id, gotPrefix, at.UnixMilli(), gotP, err)
		}
		if len(id) != len(prefix)+1+idChars || strings.ToLower(id) != id {
			t.Fatalf("%s has %d characters", id, len(id))
		}
	})
}

// TestIDsSortByTimeThenPartitionThenEntropy makes ids usable as keys in order of birth.
func TestIDsSortByTimeThenPartitionThenEntropy(t *testing.T) {
	type parts struct {
		ms      int64
		p       Partition
		entropy uint64
	}
	draw := func(t *rapid.T) parts {
		return parts{
			rapid.Int64Range(1e12, 1e12+3).Draw(t, "ms"), Partition(rapid.IntRange(0, 3).Draw(t, "partition")),
			rapid.SampledFrom([]uint64{0, 1, 15, 16, 1 << 59, 1 << 60, 1<<64 - 1}).Draw(t, "entropy"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t), draw(t)
		want := slices.Compare([]uint64{uint64(a.ms), uint64(a.p), a.entropy}, []uint64{uint64(b.ms), uint64(b.p), b.entropy})
		x, y := FormatID("cnv", time.UnixMilli(a.ms), a.p, a.entropy), FormatID("cnv", time.UnixMilli(b.ms), b.p, b.entropy)
		if got := strings.Compare(x, y); got != want {
			t.Fatalf("%v %v: %s %s compare %d", a, b, x, y, got)
		}
	})
}

// TestMalformedIDsAreRefused: what FormatID cannot have made is an error, never a panic.
func TestMalformedIDsAreRefused(t *testing.T) {
	good := FormatID("cnv", t0, 5, 7)
	for _, id := range []string{
		"", "_", "cnv", "cnv_", good[4:], good[3:], good + "0", good[:len(good)-1], strings.ToUpper(good), "cnv_" + strings.Repeat("u", 26),
		"cnv_8" + strings.Repeat("0", 25), "cnv_z" + strings.Repeat("z", 25), "cnv_" + strings.Repeat("é", 13),
	} {
		if _, _, _, err := ParseID(id); !errors.Is(err, ErrMalformedID) {
			t.Errorf("%q: %v", id, err)
		}
		if PartitionOf(id) != 0 {
			t.Errorf("%q has partition %d", id, PartitionOf(id))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "id")
		if prefix, at, p, err := ParseID(s); err == nil && !strings.HasPrefix(s, FormatID(prefix, at, p, 0)[:len(prefix)+1]) {
			t.Fatalf("%q parsed as %s", s, prefix)
		}
	})
}

// TestEveryPartitionHasOneShard keeps ownership of shards closed: 64 partitions each.
func TestEveryPartitionHasOneShard(t *testing.T) {
	count := map[int]int{}
	for p := range Partition(Partitions) {
		count[p.Shard()]++
	}
	for s := range Shards {
		if count[s] != Partitions/Shards {
			t.Errorf("shard %d has %d partitions", s, count[s])
		}
	}
	if len(count) != Shards {
		t.Errorf("%d shards", len(count))
	}
}
