package demo

// turn is what a customer says and what an agent answers to it.
type turn struct{ says, answer string }

// story is one customer's matter. The last turn is the goodbye.
type story struct {
	queue, subject string
	reason         string // id of the leaf of the queue's script that fits
	skill          string // key of the skill it asks for
	priority       int
	turns          []turn
}

var stories = []story{
	{queue: keySupport, subject: "Sem conexão", reason: "sem-sinal", skill: keyFiber, turns: []turn{
		{"Bom dia, estou sem internet desde ontem à noite.", "Sinto muito pelo transtorno. A luz do aparelho está vermelha ou verde?"},
		{"Vermelha, e pisca sem parar.", "Entendi. Vou reenviar o sinal daqui. Desligue o aparelho da tomada por um minuto, por favor."},
		{"Pronto, liguei de novo e ficou verde!", "Ótimo! O sinal está estável aqui também. Posso ajudar em algo mais?"},
		{"Era só isso, agradeço a rapidez.", "Nós é que agradecemos. Um bom dia!"},
	}},
	{queue: keySupport, subject: "Internet lenta", reason: "lentidao", turns: []turn{
		{"Minha internet está muito lenta à noite.", "Vou verificar. O teste foi feito por cabo ou pelo Wi-Fi?"},
		{"Pelo Wi-Fi, no quarto.", "O canal do Wi-Fi estava congestionado. Mudei daqui. Pode testar de novo?"},
		{"Melhorou bastante, deu 280 mega.", "Excelente. Deixo registrado para acompanharmos a sua linha."},
		{"Perfeito, até mais.", "Até mais, e obrigado pelo contato!"},
	}},
	{queue: keySupport, subject: "Senha do Wi-Fi", reason: "wifi", turns: []turn{
		{"Como troco a senha do Wi-Fi?", "Posso trocar daqui mesmo. Qual é o modelo que está na etiqueta do aparelho?"},
		{"Está escrito AX1800.", "Enviei a senha nova por SMS ao telefone do cadastro. Recebeu?"},
		{"Recebi e funcionou, valeu!", "Que bom! Qualquer coisa, é só chamar."},
	}},
	{queue: keySupport, subject: "Visita técnica", reason: "agenda", turns: []turn{
		{"O técnico não apareceu no horário marcado.", "Peço desculpas. Estou vendo a agenda da equipe da sua região."},
		{"Fiquei a manhã toda esperando.", "Consegui um novo horário hoje, entre 14h e 16h. Serve para você?"},
		{"Serve sim, pode confirmar.", "Confirmado. O técnico liga antes de chegar."},
		{"Combinado, fico no aguardo.", "Combinado. Obrigado pela paciência!"},
	}},
	{queue: keyBilling, subject: "Segunda via", reason: "segunda-via", turns: []turn{
		{"Preciso da segunda via do boleto deste mês.", "Claro. Pode me confirmar os três primeiros dígitos do CPF do titular?"},
		{"São 123.", "Obrigado. O boleto vence dia 10 e o código foi para o seu e-mail. Chegou?"},
		{"Chegou, já vou pagar. Tchau!", "Perfeito. A baixa leva até dois dias úteis. Tchau!"},
	}},
	{queue: keyBilling, subject: "Cobrança em dobro", reason: "duplicada", priority: 2, turns: []turn{
		{"Fui cobrado duas vezes este mês!", "Vou olhar as duas cobranças agora. Um momento."},
		{"O valor foi de R$ 119,90 em cada uma.", "Você tem razão: a segunda é indevida. Já pedi o estorno, que sai em até 5 dias úteis."},
		{"Por onde acompanho isso?", "Pelo aplicativo, em Faturas, ou respondendo a esta conversa."},
		{"Certo, vou acompanhar por lá.", "Combinado. Desculpe pelo ocorrido."},
	}},
	{queue: keyBilling, subject: "Negociação", reason: "acordo", skill: keyDeals, turns: []turn{
		{"Estou com duas faturas atrasadas e quero negociar.", "Vamos resolver. Consigo dividir o total em até quatro vezes sem juros. O que acha?"},
		{"Quatro vezes fica bom para mim.", "Acordo feito: a primeira parcela vence em cinco dias. Enviei o termo por e-mail."},
		{"Já li e aceitei, foi mais fácil do que pensei.", "Que bom! O acordo já está valendo."},
	}},
	{queue: keyBilling, subject: "Nota fiscal", reason: "nota", turns: []turn{
		{"Vocês emitem nota fiscal em nome de empresa?", "Emitimos, sim. Qual é o CNPJ?"},
		{"Mandei pelo formulário do site agora.", "Recebido. A nota sai com a próxima fatura."},
		{"Ótimo, era o que eu precisava.", "Disponha!"},
	}},
	{queue: keySales, subject: "Plano novo", reason: "novo", turns: []turn{
		{"Quero saber o preço do plano de 500 mega.", "Sai por R$ 99,90 nos seis primeiros meses. Em que bairro seria a instalação?"},
		{"Em Vila Mariana.", "Temos cobertura aí, com instalação gratuita nesta semana. Quer agendar?"},
		{"Vou conversar em casa e volto a chamar.", "Sem problema, a oferta vale até sexta-feira."},
	}},
	{queue: keySales, subject: "Mudança de plano", reason: "troca", turns: []turn{
		{"Dá para subir meu plano sem trocar o aparelho?", "Dá, sim. O seu aparelho aceita até 700 mega. Quer o de 700?"},
		{"Quanto fica por mês?", "Fica R$ 20,00 a mais, já na próxima fatura."},
		{"Pode fazer a troca.", "Feito! A velocidade nova vale a partir de agora."},
		{"Testei aqui, show de bola.", "Aproveite! Obrigado por estar conosco."},
	}},
	{queue: keySales, subject: "Business plan", reason: "empresa", skill: keyEnglish, turns: []turn{
		{"Hi, do you have someone who speaks English?", "Yes, of course. How can I help you?"},
		{"I need a link for a small office, six people.", "Our 600 Mb business plan includes a fixed address and support 24 hours a day."},
		{"Great, please send me the proposal.", "Sent to your e-mail. It is valid for ten days. Thank you!"},
	}},
	{queue: keyCare, subject: "Reclamação", reason: "reclamacao", priority: 5, turns: []turn{
		{"É a terceira vez que reclamo e ninguém resolve.", "Entendo a sua frustração. Tenho os registros anteriores aqui e vou acompanhar até o fim."},
		{"Quero uma resposta por escrito.", "Você vai recebê-la hoje até as 18h, com o número do protocolo desta conversa."},
		{"Está bem, vou esperar até as 18h.", "Obrigado pela confiança. O caso fica comigo."},
	}},
	{queue: keyCare, subject: "Elogio", reason: "elogio", turns: []turn{
		{"Queria elogiar o técnico que veio hoje.", "Que alegria! Você lembra o nome dele?"},
		{"Foi o Jonas, muito atencioso.", "O elogio vai para o Jonas e para a equipe dele. Muito obrigado!"},
		{"Merecido. Bom trabalho a todos!", "Obrigado, e um ótimo dia!"},
	}},
}

// returns are the matters of customers who come back after the end, by queue.
var returns = map[string][]turn{
	keySupport: {
		{"Oi, voltei: caiu de novo agora há pouco.", "Refiz o ajuste com outra configuração. Está no ar?"},
		{"Agora sim, normalizou.", "Ótimo. Vou acompanhar a linha pelas próximas horas."},
	},
	keyBilling: {
		{"Oi, esqueci de perguntar: posso mudar o vencimento?", "Pode. Tenho os dias 5, 10 e 20. Qual prefere?"},
		{"Dia 20, por favor. Só isso mesmo.", "Feito, vale a partir da próxima fatura."},
	},
	keySales: {
		{"Oi, conversei em casa e vamos ficar com o plano!", "Excelente! A instalação fica para amanhã de manhã."},
		{"Fechado, até amanhã.", "Até amanhã e boas-vindas!"},
	},
	keyCare: {
		{"Ainda não recebi a resposta que prometeram.", "Acabei de reenviar. Pode conferir a caixa de spam?"},
		{"Estava lá, tudo certo.", "Que bom. Desculpe pela confusão."},
	},
}

var (
	nudges    = []string{"Olá? Alguém pode me atender?", "Ainda estou por aqui.", "Vai demorar muito?", "Alô?"}
	leavings  = []string{"Desisto, ligo mais tarde.", "Não posso esperar mais. Tchau.", "Deixa para lá, resolvo de outro jeito."}
	chatter   = []string{"Sim.", "Certo.", "Pode ser.", "Entendi, e como fica?", "Ok, aguardo."}
	fallbacks = []string{
		"Entendi. Vou verificar para você.", "Certo, só um momento enquanto confirmo aqui.", "Está registrado. Há algum outro detalhe?",
		"Consegui resolver por aqui. Pode conferir?",
	}
	refusals  = []string{"Terminando outro caso", "Preciso de outro setor", "Não é da minha área", ""}
	handovers = []string{"Cliente precisa de quem entende do assunto.", "Já pedi os dados, falta concluir.", "Assunto de outro setor."}
	remarks   = []string{"Dados do titular conferidos.", "Cliente prefere contato pela manhã.", "Terceiro contato no mês.", "Acompanhar amanhã."}
)

// reply is an agent's answer.
type reply struct {
	text   string
	reason string // leaf of the script; empty when the matter is not known
	last   bool   // the customer has said goodbye
}

// replies finds the answer to what a customer of the demo says.
var replies = func() map[string]reply {
	all := map[string]reply{}
	add := func(turns []turn, reason string) {
		for i, t := range turns {
			all[t.says] = reply{text: t.answer, reason: reason, last: i == len(turns)-1}
		}
	}
	for _, s := range stories {
		add(s.turns, s.reason)
	}
	for _, turns := range returns {
		add(turns, "")
	}
	return all
}()
