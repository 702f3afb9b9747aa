package outbound

import "net/netip"

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, s := range all {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// globalV6 is the only part of IPv6 that is given out for public use.
var globalV6 = netip.MustParsePrefix("2000::/3")

// forbidden are the ranges that are not public though they look so, from the IANA special-purpose registries. Ranges that
// carry an IPv4 address inside are refused whole, whatever is inside.
var forbidden = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23",     // protocol assignments, with Teredo
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4
	"3fff::/20",     // documentation
)

// public reports whether an address is a public unicast one. IPv4 addresses mapped into IPv6 are not: nobody needs that
// spelling but to get around checks.
func public(ip netip.Addr) bool {
	if !ip.IsValid() || ip.Is4In6() || ip.Zone() != "" || ip.Is6() && !globalV6.Contains(ip) {
		return false
	}
	return !within(ip, forbidden)
}

func within(ip netip.Addr, ranges []netip.Prefix) bool {
	for _, p := range ranges {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
