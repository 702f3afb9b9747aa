package transcript

import (
	"slices"
	"strings"

	"pronto/dispatch"
)

// Language is a language that documents are written in.
type Language string

// The languages; the first one is taken when nothing is said.
const (
	Portuguese Language = "pt-BR"
	English    Language = "en"
	Spanish    Language = "es"
)

// Languages lists them.
func Languages() []Language { return []Language{Portuguese, English, Spanish} }

// ParseLanguage finds the language that a tag means: "pt", "pt-PT" and "PT-br" are Portuguese. The empty tag is too.
func ParseLanguage(tag string) (Language, bool) {
	if tag == "" {
		return Portuguese, true
	}
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	all := Languages()
	i := slices.IndexFunc(all, func(l Language) bool {
		p, _, _ := strings.Cut(string(l), "-")
		return p == primary
	})
	if i < 0 {
		return "", false
	}
	return all[i], true
}

// words are the texts of one language. A map's key that is missing is shown as it is.
type words struct {
	title, details, script, messages, attachments                  string
	protocol, state, queue, subject, channel, contact, contactID   string
	documents, agents, tags, entered, accepted, closed, asOf, zone string
	reason, resolved, yes, no, automatic                           string
	file, kind, size, sent                                         string
	note, watermark, warning, page, of, continued, empty, attached string
	edited, redacted, unknown, decimal, dateTime, day, since       string
	weekdays, months                                               []string
	roles                                                          map[dispatch.AuthorKind]string
	delivery                                                       map[dispatch.DeliveryState]string
	states                                                         map[dispatch.ConversationState]string
	identities                                                     map[string]string
}

// catalogue has the words of each language. A day is written with W, D, M and Y for its parts.
var catalogue = map[Language]*words{
	Portuguese: {
		title: "Atendimento", details: "Detalhes", script: "Script", messages: "Conversa", attachments: "Anexos",
		protocol: "Protocolo", state: "Situação", queue: "Fila", subject: "Assunto", channel: "Canal", contact: "Cliente", contactID: "Identificação",
		documents: "Documentos", agents: "Atendentes", tags: "Etiquetas", entered: "Entrada", accepted: "Aceito", closed: "Encerrado", asOf: "Registro até", zone: "Horários em",
		reason: "Motivo", resolved: "Resolvido", yes: "Sim", no: "Não", automatic: "preenchido automaticamente",
		file: "Arquivo", kind: "Tipo", size: "Tamanho", sent: "Enviado",
		note: "Nota interna", watermark: "NOTAS INTERNAS", warning: "Contém notas internas: não enviar ao cliente", page: "Página", of: "de",
		continued: "continuação", empty: "Sem mensagens.", attached: "Anexo",
		edited: "editada", redacted: "Mensagem removida", unknown: "Sem nome", decimal: ",", dateTime: "02/01/2006 15:04:05 -07:00", day: "W, D de M de Y", since: "desde",
		weekdays: []string{"Domingo", "Segunda-feira", "Terça-feira", "Quarta-feira", "Quinta-feira", "Sexta-feira", "Sábado"},
		months:   []string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
		roles:    map[dispatch.AuthorKind]string{dispatch.AuthorContact: "Cliente", dispatch.AuthorAgent: "Atendente", dispatch.AuthorBot: "Automático", dispatch.AuthorSystem: "Sistema"},
		delivery: map[dispatch.DeliveryState]string{dispatch.DeliveryQueued: "na fila de envio", dispatch.DeliverySent: "enviada", dispatch.DeliveryDelivered: "entregue", dispatch.DeliveryRead: "lida", dispatch.DeliveryFailed: "não entregue"},
		states: map[dispatch.ConversationState]string{
			dispatch.ConversationQueued: "Na fila", dispatch.ConversationOffered: "Em oferta", dispatch.ConversationActive: "Em atendimento",
			dispatch.ConversationWrapup: "Em pós-atendimento", dispatch.ConversationClosed: "Encerrado",
		},
		identities: map[string]string{"phone": "Telefone", "whatsapp": "WhatsApp", "telegram": "Telegram", "email": "E-mail", "visitor": "Visitante", "external": "Código externo", "cpf": "CPF", "cnpj": "CNPJ", "rg": "RG"},
	},
	English: {
		title: "Conversation", details: "Details", script: "Script", messages: "Messages", attachments: "Attachments",
		protocol: "Protocol", state: "State", queue: "Queue", subject: "Subject", channel: "Channel", contact: "Customer", contactID: "Identities",
		documents: "Documents", agents: "Agents", tags: "Tags", entered: "Entered", accepted: "Accepted", closed: "Closed", asOf: "Recorded until", zone: "Times in",
		reason: "Reason", resolved: "Resolved", yes: "Yes", no: "No", automatic: "filled in automatically",
		file: "File", kind: "Type", size: "Size", sent: "Sent",
		note: "Internal note", watermark: "INTERNAL NOTES", warning: "Contains internal notes: do not send to the customer", page: "Page", of: "of",
		continued: "continued", empty: "No messages.", attached: "Attachment",
		edited: "edited", redacted: "Message removed", unknown: "No name", decimal: ".", dateTime: "2006-01-02 15:04:05 -07:00", day: "W, D M Y", since: "since",
		weekdays: []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months:   []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		roles:    map[dispatch.AuthorKind]string{dispatch.AuthorContact: "Customer", dispatch.AuthorAgent: "Agent", dispatch.AuthorBot: "Automatic", dispatch.AuthorSystem: "System"},
		delivery: map[dispatch.DeliveryState]string{dispatch.DeliveryQueued: "waiting to be sent", dispatch.DeliverySent: "sent", dispatch.DeliveryDelivered: "delivered", dispatch.DeliveryRead: "read", dispatch.DeliveryFailed: "not delivered"},
		states: map[dispatch.ConversationState]string{
			dispatch.ConversationQueued: "Queued", dispatch.ConversationOffered: "Offered", dispatch.ConversationActive: "Active",
			dispatch.ConversationWrapup: "Wrap-up", dispatch.ConversationClosed: "Closed",
		},
		identities: map[string]string{"phone": "Phone", "whatsapp": "WhatsApp", "telegram": "Telegram", "email": "E-mail", "visitor": "Visitor", "external": "External id", "cpf": "CPF", "cnpj": "CNPJ", "rg": "RG"},
	},
	Spanish: {
		title: "Conversación", details: "Detalles", script: "Script", messages: "Mensajes", attachments: "Adjuntos",
		protocol: "Protocolo", state: "Estado", queue: "Cola", subject: "Asunto", channel: "Canal", contact: "Cliente", contactID: "Identificación",
		documents: "Documentos", agents: "Agentes", tags: "Etiquetas", entered: "Entrada", accepted: "Aceptada", closed: "Cerrada", asOf: "Registro hasta", zone: "Horarios en",
		reason: "Motivo", resolved: "Resuelto", yes: "Sí", no: "No", automatic: "completado automáticamente",
		file: "Archivo", kind: "Tipo", size: "Tamaño", sent: "Enviado",
		note: "Nota interna", watermark: "NOTAS INTERNAS", warning: "Contiene notas internas: no enviar al cliente", page: "Página", of: "de",
		continued: "continuación", empty: "Sin mensajes.", attached: "Adjunto",
		edited: "editado", redacted: "Mensaje eliminado", unknown: "Sin nombre", decimal: ",", dateTime: "02/01/2006 15:04:05 -07:00", day: "W, D de M de Y", since: "desde",
		weekdays: []string{"Domingo", "Lunes", "Martes", "Miércoles", "Jueves", "Viernes", "Sábado"},
		months:   []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		roles:    map[dispatch.AuthorKind]string{dispatch.AuthorContact: "Cliente", dispatch.AuthorAgent: "Agente", dispatch.AuthorBot: "Automático", dispatch.AuthorSystem: "Sistema"},
		delivery: map[dispatch.DeliveryState]string{dispatch.DeliveryQueued: "en cola de envío", dispatch.DeliverySent: "enviado", dispatch.DeliveryDelivered: "entregado", dispatch.DeliveryRead: "leído", dispatch.DeliveryFailed: "no entregado"},
		states: map[dispatch.ConversationState]string{
			dispatch.ConversationQueued: "En cola", dispatch.ConversationOffered: "En oferta", dispatch.ConversationActive: "Activa",
			dispatch.ConversationWrapup: "En cierre", dispatch.ConversationClosed: "Cerrada",
		},
		identities: map[string]string{"phone": "Teléfono", "whatsapp": "WhatsApp", "telegram": "Telegram", "email": "Correo", "visitor": "Visitante", "external": "Código externo", "cpf": "CPF", "cnpj": "CNPJ", "rg": "RG"},
	},
}
