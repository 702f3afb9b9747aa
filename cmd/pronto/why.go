package main

import (
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"

	"pronto/internal/app"
	"pronto/protocol"
)

// whyCommand explains what became of a conversation in its queues.
type whyCommand struct {
	dataFlags
	serverFlags
	ID string `arg:"" help:"Conversation (cnv_…)."`
}

// Run prints every decision with its candidates.
func (c whyCommand) Run(w world) error {
	var all protocol.ConversationWhy
	err := withApp(w, c.Data, c.Server, func(a *app.App) (err error) {
		all, err = a.Why(w.ctx, c.ID)
		return err
	}, func() error { return c.askAll(w, &all) })
	if err != nil {
		return err
	}
	return printWhy(w, &all)
}

func (c whyCommand) askAll(w world, all *protocol.ConversationWhy) error {
	for cursor := "0"; cursor != ""; {
		var page protocol.ConversationWhy
		path := "/conversations/" + url.PathEscape(c.ID) + "/why?limit=500&cursor=" + cursor
		if err := c.ask(w.ctx, http.MethodGet, path, nil, &page); err != nil {
			return err
		}
		all.Items, all.Now, cursor = append(all.Items, page.Items...), page.Now, page.NextCursor
	}
	return nil
}

func printWhy(w world, all *protocol.ConversationWhy) error {
	if len(all.Items) == 0 && all.Now == nil {
		_, err := fmt.Fprintln(w.out, "no queue has decided anything about it")
		return err
	}
	for i := range all.Items {
		if err := printDecision(w, &all.Items[i], all.Items[i].At.String()); err != nil {
			return err
		}
	}
	if all.Now != nil {
		return printDecision(w, all.Now, "now")
	}
	return nil
}

func printDecision(w world, d *protocol.QueueDecision, when string) error {
	fmt.Fprintf(w.out, "%s  %s  %s\n", when, d.Queue.Name, d.Summary)
	if p := d.Pick; p != nil {
		fmt.Fprintf(w.out, "    picked from place %d", p.Position)
		if p.Passed > 0 {
			fmt.Fprintf(w.out, ", before %d that %s could have picked, first %s", p.Passed, d.Agent.Name, p.First)
		}
		fmt.Fprintln(w.out)
	}
	t := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	for _, c := range d.Candidates {
		fmt.Fprintf(t, "    %s\t%s\n", c.Agent.Name, c.Cause)
	}
	for _, o := range d.Others {
		fmt.Fprintf(t, "    %d more\t%s\n", o.Count, o.Cause)
	}
	if d.Unseen > 0 {
		fmt.Fprintf(t, "    %d more\tfree, not looked at\n", d.Unseen)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print decision: %w", err)
	}
	return nil
}
