package demo

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// sheet prints where to go and who may sign in.
func sheet(out io.Writer, o Options, base string, org *organisation, people []person) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nPronto with a made-up company. Nothing is kept: Ctrl+C ends it and removes its data.\n\n")
	fmt.Fprintf(&b, "Desk      %s/desk/\nCustomer  %s/demo-page/?channel=%s\nAddress   %s\nAPI docs  %s/docs/api\nSeed      %d (--seed %d plays these people again)\n\n",
		base, base, org.page, base, base, o.Seed, o.Seed)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "LOGIN\tPASSWORD\tROLE\tNAME\tQUEUES\tPLAYED BY")
	for _, p := range people {
		by := "you"
		if p.played {
			by = "the demo"
		}
		names := make([]string, len(p.queues))
		for i, key := range p.queues {
			names[i] = org.names[org.queues[key]]
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.login, p.password, p.role, p.name, strings.Join(names, ", "), by)
	}
	_ = w.Flush() // into memory
	fmt.Fprintf(&b, "\nTo be a customer on the channel \"Site\":\n\n  curl -s %s/api/v1/channels/%s/messages -H 'Authorization: Bearer %s' \\\n"+
		"    -H 'Content-Type: application/json' -d '{\"external_id\":\"1\",\"text\":\"Oi, preciso de ajuda\",\n"+
		"    \"contact\":{\"name\":\"Maria\",\"identities\":[{\"kind\":\"phone\",\"value\":\"+5511999990000\"}]}}'\n\n"+
		"The same external_id again is the same message; write another for the next one.\n\n", base, org.site, org.visitor)
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("print log-ins: %w", err)
	}
	return nil
}
