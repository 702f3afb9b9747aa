package storage

// Times of the years 1000 to 9999 as milliseconds since 1970.
const (
	minMilli = -30_610_224_000_000
	maxMilli = 253_402_300_799_999

	milliOfDay = 86_400_000
)

// parseUTC reads a time as appendUTC writes it, and nothing else.
func parseUTC(s string) (ms int64, ns int, ok bool) {
	n := len(s)
	if s[n-1] != 'Z' || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[0] == '0' {
		return 0, 0, false
	}
	bad := false
	two := func(at int) int {
		high, low := s[at]-'0', s[at+1]-'0'
		bad = bad || high > 9 || low > 9
		return int(high)*10 + int(low)
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if bad || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, 0, false
	}
	if n > 20 {
		if s[19] != '.' || n == 21 || s[n-2] == '0' {
			return 0, 0, false
		}
		for _, c := range []byte(s[20 : n-1]) {
			if c -= '0'; c > 9 {
				return 0, 0, false
			}
			ns = ns*10 + int(c)
		}
		for range 9 - (n - 21) {
			ns *= 10
		}
	}
	ms = int64(daysSince(year, month, day))*milliOfDay + int64(hour*3600+minute*60+second)*1000 + int64(ns/1e6)
	return ms, ns % 1e6, true
}

func daysIn(year, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month/8)%2
}

// daysSince counts the days from 1970: years begin in March, so that the day that some have is their last.
func daysSince(year, month, day int) int {
	month -= 3
	if month < 0 {
		month += 12
		year--
	}
	return 365*year + year/4 - year/100 + year/400 + (153*month+2)/5 + day - 719_469
}

// dateOf is the inverse of daysSince for years from 0 on.
func dateOf(days int) (year, month, day int) {
	days += 719_468
	era, rest := days/146_097, days%146_097
	y := (rest - rest/1460 + rest/36_524 - rest/146_096) / 365
	rest -= 365*y + y/4 - y/100
	m := (5*rest + 2) / 153
	year, month, day = era*400+y, m+3, rest-(153*m+2)/5+1
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// terseDay is the day of the last time that was written: most are of one day.
type terseDay struct {
	days int64 // from minMilli on, plus one
	text [10]byte
}

func (t *terseDay) set(days int64) {
	year, month, day := dateOf(int(days + minMilli/milliOfDay))
	put2(t.text[0:], year/100)
	put2(t.text[2:], year%100)
	t.text[4], t.text[7] = '-', '-'
	put2(t.text[5:], month)
	put2(t.text[8:], day)
	t.days = days + 1
}

func put2(b []byte, n int) { b[0], b[1] = byte('0'+n/10), byte('0'+n%10) }

// appendUTC appends a time as CBOR of its RFC 3339 text with as many digits as it needs.
func (t *terseDay) appendUTC(dst []byte, ms int64, ns int) []byte {
	days, rest := (ms-minMilli)/milliOfDay, int((ms-minMilli)%milliOfDay)
	if t.days != days+1 {
		t.set(days)
	}
	ns += rest % 1000 * 1e6
	rest /= 1000
	clock := [30]byte{10: 'T', 13: ':', 16: ':'}
	copy(clock[:], t.text[:])
	put2(clock[11:], rest/3600)
	put2(clock[14:], rest/60%60)
	put2(clock[17:], rest%60)
	n := 19
	if ns > 0 {
		clock[n] = '.'
		for unit := 100_000_000; ns > 0; unit /= 10 {
			n++
			clock[n] = byte('0' + ns/unit)
			ns %= unit
		}
		n++
	}
	clock[n] = 'Z'
	n++
	return append(appendCBORHead(dst, 3, uint64(n)), clock[:n]...)
}
