package demo

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"pronto/client"
	"pronto/protocol"
)

// Keys name things before the server has given them ids.
const (
	keySupport, keyBilling, keySales, keyCare = "suporte", "financeiro", "vendas", "ouvidoria"
	keyFiber, keyEnglish, keyDeals            = "fibra", "ingles", "negociacao"

	gaveUp = "desistiu" // the reason of each script for customers who leave
)

type object = map[string]any

// organisation is what the server knows of the made-up company, by the keys of the demo. It is complete before anybody
// plays and only read from then on.
type organisation struct {
	queues  map[string]string          // key → id
	names   map[string]string          // id of a queue → name
	scripts map[string]protocol.Script // id of a queue → its script
	skills  map[string]string          // key → id
	canned  map[string]string          // shortcut → id
	pauses  []protocol.PauseReason
	site    string // generic channels
	mobile  string
	chat    string // WhatsApp
	page    string // web chat of the company's pages
	token   string // of the integration that brings and watches conversations
	visitor string // a token for whoever tries the channel by hand
}

// maker creates configuration objects and stops at the first refusal.
type maker struct {
	ctx  context.Context //nolint:containedctx // lives for one call of build
	rest *client.REST
	err  error
}

// into creates an object and reads the answer into out.
func (m *maker) into(path string, body, out any) {
	if m.err != nil {
		return
	}
	if err := m.rest.Do(m.ctx, client.Request{Method: http.MethodPost, Path: path, Body: body}, out); err != nil {
		m.err = fmt.Errorf("create %s: %w", path, err)
	}
}

func (m *maker) id(path string, body any) string {
	var made struct {
		ID string `json:"id"`
	}
	m.into(path, body, &made)
	return made.ID
}

// build makes the organisation with an administrator's credential.
func build(ctx context.Context, rest *client.REST, people []person, api whatsAppAPI) (*organisation, error) {
	m := &maker{ctx: ctx, rest: rest}
	o := &organisation{
		queues: map[string]string{}, names: map[string]string{}, scripts: map[string]protocol.Script{}, skills: map[string]string{},
		canned: map[string]string{},
	}
	o.skills[keyFiber] = m.id("/skills", object{"name": "Fibra óptica"})
	o.skills[keyEnglish] = m.id("/skills", object{"name": "Inglês"})
	o.skills[keyDeals] = m.id("/skills", object{"name": "Negociação"})
	o.makeQueues(m)
	o.makeTexts(m)
	o.makePauses(m)
	o.makeAnnouncements(m)
	o.makeChannels(m, api)
	for _, p := range people {
		o.makePerson(m, p)
	}
	o.token = m.token("Integração", "channel:*", "conversations:read", "conversations:write")
	o.visitor = m.token("Para experimentar", "channel:"+o.site)
	return o, m.err
}

func (m *maker) token(name string, scopes ...string) string {
	var made protocol.APIToken
	m.into("/api-tokens", object{"name": name, "scopes": scopes}, &made)
	return made.Secret
}

func reason(id, label string, children ...object) object {
	r := object{"id": id, "label": label}
	if len(children) > 0 {
		r["children"] = children
	}
	return r
}

func (o *organisation) makeQueues(m *maker) {
	left := reason(gaveUp, "Cliente desistiu")
	script := func(name string, questions []object, reasons ...object) protocol.Script {
		var made protocol.Script
		m.into("/scripts", object{"name": name, "reasons": append(reasons, left), "questions": questions}, &made)
		return made
	}
	support := script("Atendimento técnico", []object{{"id": "visita", "label": "Foi preciso visita técnica?", "kind": "bool", "required": true}},
		reason("conexao", "Conexão", reason("sem-sinal", "Sem sinal"), reason("lentidao", "Lentidão"), reason("wifi", "Wi-Fi")),
		reason("agenda", "Visita técnica"))
	billing := script("Financeiro", nil,
		reason("fatura", "Fatura", reason("segunda-via", "Segunda via"), reason("duplicada", "Cobrança indevida"), reason("nota", "Nota fiscal")),
		reason("acordo", "Acordo"))
	sales := script("Vendas", []object{{"id": "interesse", "label": "Interesse", "kind": "choice", "choices": []string{"Alto", "Médio", "Baixo"}}},
		reason("novo", "Plano novo"), reason("troca", "Troca de plano"), reason("empresa", "Empresas"))
	care := script("Ouvidoria", []object{{"id": "resumo", "label": "Resumo do caso", "kind": "text", "required": true}},
		reason("reclamacao", "Reclamação"), reason("elogio", "Elogio"))
	o.makeQueue(m, keySupport, support, object{"name": "Suporte técnico", "script_required": true, "offer_time_ms": 15000})
	o.makeQueue(m, keyBilling, billing, object{"name": "Financeiro", "script_required": true, "offer_time_ms": 15000, "strategy": "least_busy"})
	o.makeQueue(m, keySales, sales, object{"name": "Vendas", "offer_time_ms": 20000, "strategy": "round_robin", "wrapup": object{"mode": "timed", "ms": 5000}})
	o.makeQueue(m, keyCare, care, object{"name": "Ouvidoria", "script_required": true, "offer_time_ms": 20000, "priority": 3, "subject": "Ouvidoria"})
}

func (o *organisation) makeQueue(m *maker, key string, script protocol.Script, body object) {
	body["script_id"] = script.ID
	id := m.id("/queues", body)
	name, _ := body["name"].(string)
	o.queues[key], o.names[id], o.scripts[id] = id, name, script
}

// Shortcuts of the canned responses that simulated agents use.
const (
	shortHello, shortAgain, shortTakeOver, shortSilence = "ola", "denovo", "assumi", "retorno"
)

// The texts begin so; customers of the demo do not answer them.
const (
	helloText    = "Olá, {{contact.name}}! Obrigado por falar com a Horizonte Telecom. Já estou vendo o seu caso."
	againText    = "Olá de novo, {{contact.name}}! Que bom falar com você outra vez."
	takeOverText = "Olá, {{contact.name}}! Assumi o seu atendimento e já li a conversa."
	silenceText  = "Como não tivemos retorno, vou encerrar por aqui. Se precisar, é só escrever de novo."
)

func (o *organisation) makeTexts(m *maker) {
	canned := func(shortcut, title, text, folder string, queues ...string) {
		ids := make([]string, len(queues))
		for i, key := range queues {
			ids[i] = o.queues[key]
		}
		o.canned[shortcut] = m.id("/canned-responses", object{"shortcut": shortcut, "title": title, "text": text, "folder": folder, "queue_ids": ids, "language": "pt-BR"})
	}
	canned(shortHello, "Saudação", helloText, "Geral")
	canned(shortAgain, "Saudação de retorno", againText, "Geral")
	canned(shortTakeOver, "Assumir atendimento", takeOverText, "Geral")
	canned(shortSilence, "Encerrar sem retorno", silenceText, "Geral")
	canned("aguarde", "Pedir um momento", "Só um momento, por favor. Estou verificando.", "Geral")
	canned("reiniciar", "Reiniciar o aparelho", "Desligue o aparelho da tomada, espere um minuto e ligue de novo.", "Suporte", keySupport)
	canned("boleto", "Segunda via", "A segunda via foi enviada ao e-mail do cadastro.", "Financeiro", keyBilling)
	canned("estorno", "Prazo de estorno", "O estorno sai em até 5 dias úteis.", "Financeiro", keyBilling)
	canned("cobertura", "Cobertura", "Temos cobertura no seu endereço, com instalação gratuita.", "Vendas", keySales)
	canned("prazo", "Prazo da Ouvidoria", "A resposta por escrito sai em até dois dias úteis.", "Ouvidoria", keyCare)
}

func (o *organisation) makeAnnouncements(m *maker) {
	m.id("/announcements", object{"title": "Segunda via fora do ar até 14h", "text": "O portal de boletos está em manutenção. Envie a segunda via por aqui mesmo.", "important": true, "queue_ids": []string{o.queues[keyBilling], o.queues[keySupport]}})
	m.id("/announcements", object{"title": "Treinamento do novo plano", "text": "Quinta, 15h, sala 2. Quem estiver em atendimento assiste à gravação."})
}

func (o *organisation) makePauses(m *maker) {
	for _, p := range []object{
		{"name": "Café", "planned_minutes": 10},
		{"name": "Almoço", "planned_minutes": 60},
		{"name": "Treinamento", "planned_minutes": 30, "productive": true},
		{"name": "Retorno por telefone", "planned_minutes": 15, "productive": true},
	} {
		var made protocol.PauseReason
		m.into("/pause-reasons", p, &made)
		o.pauses = append(o.pauses, made)
	}
}

func (o *organisation) makeChannels(m *maker, api whatsAppAPI) {
	o.site = m.id("/channels", object{"name": "Site", "kind": "generic", "queue_id": o.queues[keySupport]})
	o.mobile = m.id("/channels", object{"name": "Aplicativo", "kind": "generic", "queue_id": o.queues[keyBilling]})
	o.page = m.id("/channels", object{"name": "Chat do site", "kind": "web", "queue_id": o.queues[keySales], "widget": object{
		"title": "Fale com a Horizonte", "welcome": "Olá! Como podemos ajudar?", "color": "#0b6bcb", "language": "pt-BR", "rating": true,
		"closed_text": "Nosso horário é de segunda a sexta, das 8h às 20h. Deixe sua mensagem e respondemos assim que abrirmos.",
	}})
	o.chat = m.id("/channels", object{"name": "WhatsApp", "kind": "whatsapp", "queue_id": o.queues[keySupport], "config": object{
		"phone_number_id": api.number, "access_token": api.accessToken, "app_secret": api.appSecret, "verify_token": api.verifyToken, "api_url": api.url,
	}})
}

func (o *organisation) makePerson(m *maker, p person) {
	queues := make([]string, len(p.queues))
	for i, key := range p.queues {
		queues[i] = o.queues[key]
	}
	skills := []object{}
	for _, key := range slices.Sorted(maps.Keys(p.skills)) {
		skills = append(skills, object{"id": o.skills[key], "level": p.skills[key]})
	}
	m.id("/agents", object{
		"name": p.name, "login": p.login, "password": p.password, "role": p.role, "queue_ids": queues,
		"capacity": p.capacity, "skills": skills, "languages": []string{"pt-BR"},
	})
}

// leaves returns the reasons of a script that an agent may choose, and the label of each leaf with those above it.
func leaves(s protocol.Script) (ids []string, labels map[string]string) {
	labels = map[string]string{}
	var walk func(above string, reasons []protocol.Reason)
	walk = func(above string, reasons []protocol.Reason) {
		for _, r := range reasons {
			if len(r.Children) > 0 {
				walk(above+r.Label+" › ", r.Children)
				continue
			}
			labels[r.ID] = above + r.Label
			if r.ID != gaveUp {
				ids = append(ids, r.ID)
			}
		}
	}
	walk("", s.Reasons)
	return ids, labels
}
