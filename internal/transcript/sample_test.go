package transcript_test

import (
	"iter"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/internal/transcript"
)

var (
	saoPaulo = time.FixedZone("America/Sao_Paulo", -3*3600)
	began    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

	marina = dispatch.Author{Kind: dispatch.AuthorContact, ID: "con_1", Name: "Marina Alves", Identity: "+5511999990000"}
	ana    = dispatch.Author{Kind: dispatch.AuthorAgent, ID: "agt_1", Name: "Ana Lima"}
	bot    = dispatch.Author{Kind: dispatch.AuthorBot, Name: "Financeiro"}
)

// of gives entries from memory.
func of(entries ...transcript.Entry) iter.Seq2[transcript.Entry, error] {
	return func(yield func(transcript.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// sample is a conversation in which everything occurs.
func sample() transcript.Document {
	at := func(minutes int) time.Time { return began.Add(time.Duration(minutes) * time.Minute) }
	return transcript.Document{
		Protocol: "2026-000123", State: dispatch.ConversationClosed, Queue: "Financeiro", Subject: "Segunda via do boleto", Channel: "WhatsApp",
		Contact: transcript.Contact{
			Name: "Marina Alves", Identities: []transcript.Identity{{Kind: "phone", Value: "+5511999990000"}, {Kind: "email", Value: "marina@example.com"}},
			Documents: []transcript.Identity{{Kind: "cpf", Value: "12345678909"}},
		},
		Agents: []transcript.Owner{{Name: "Bia Souza", Since: at(1)}, {Name: "Ana Lima", Since: at(4)}}, Tags: []string{"boleto", "vip"},
		Entered: at(0), Accepted: at(1), Closed: at(31), AsOf: at(32),
		Script: &transcript.Script{
			Name: "Encerramento", Reason: []string{"Cobrança", "Boleto", "Segunda via"}, Resolved: true,
			Answers: []transcript.Answer{{Question: "Enviou o boleto?", Value: "Sim"}, {Question: "Observação do atendimento", Value: "Cliente pediu para receber por e-mail também."}},
		},
		Entries: of(
			transcript.Entry{Author: marina, Text: "Segunda via do boleto, por favor 🙏", At: at(0)},
			transcript.Entry{Author: bot, Text: "Olá, Marina! Seu protocolo é 2026-000123. Você é a 2ª da fila.", At: at(0), Delivery: dispatch.DeliveryRead},
			transcript.Entry{Author: ana, Text: "Bom dia, Marina! 👍🏽 Vou verificar agora.", At: at(5), Delivery: dispatch.DeliveryRead},
			transcript.Entry{Note: true, Author: ana, Text: "Cliente VIP: conferir o desconto antes de enviar.", At: at(6)},
			transcript.Entry{Author: marina, At: at(8), Text: "Este é o comprovante.", Attachments: []transcript.Attachment{{Name: "comprovante de pagamento.pdf", Type: "application/pdf", Size: 182_340}, {Name: "foto.jpg", Type: "image/jpeg", Size: 2_412_000}}},
			transcript.Entry{Author: ana, Text: strings.Repeat("O boleto foi emitido com vencimento em 30/11/2026. ", 12), At: at(10), Delivery: dispatch.DeliveryDelivered, Edited: at(11), Quote: &transcript.Quote{Author: "Marina Alves", Text: "Este é o comprovante."}},
			transcript.Entry{Author: marina, Redacted: at(13), At: at(12)},
			transcript.Entry{Author: ana, Text: "https://pagamentos.example.com/boletos/2026/11/23/segunda-via?cliente=123456&token=abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz", At: at(14), Delivery: dispatch.DeliveryFailed, Failure: "window_closed"},
			transcript.Entry{Author: marina, Text: "Obrigada! ❤️\n\nAté logo 👋", At: at(24 * 60)},
		),
	}
}
