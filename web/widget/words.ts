const column = { pt: 0, en: 1, es: 2 } as const;

/** Every word of the widget: Portuguese, English, Spanish. one|many by {n}. */
const catalogue = {
  "title": ["Fale conosco", "Chat with us", "Hable con nosotros"],
  "open": ["Abrir o chat", "Open chat", "Abrir el chat"],
  "openNew": ["Abrir o chat, {n} mensagem nova|Abrir o chat, {n} mensagens novas", "Open chat, {n} new message|Open chat, {n} new messages", "Abrir el chat, {n} mensaje nuevo|Abrir el chat, {n} mensajes nuevos"],
  "close": ["Fechar o chat", "Close chat", "Cerrar el chat"],
  "menu": ["Opções", "Options", "Opciones"],
  "connecting": ["Conectando…", "Connecting…", "Conectando…"],
  "reconnecting": ["Reconectando… Suas mensagens serão enviadas.", "Reconnecting… Your messages will be sent.", "Reconectando… Sus mensajes se enviarán."],
  "offline": ["Você está sem internet. Suas mensagens serão enviadas quando ela voltar.", "You are offline. Your messages will be sent when you are back.", "Está sin internet. Sus mensajes se enviarán cuando vuelva."],
  "refused": ["O chat não está disponível nesta página.", "The chat is not available on this page.", "El chat no está disponible en esta página."],
  "unproven": ["Entre novamente no site para continuar a conversa.", "Sign in to the site again to continue the chat.", "Inicie sesión de nuevo en el sitio para continuar."],
  "closed": ["Estamos fora do horário de atendimento. Deixe sua mensagem.", "We are outside business hours. Leave a message.", "Estamos fuera del horario de atención. Deje su mensaje."],
  "opens": ["Abrimos {at}.", "We open {at}.", "Abrimos {at}."],
  "waiting": ["Aguardando atendimento", "Waiting for an agent", "Esperando atención"],
  "next": ["Você é o próximo da fila", "You are next in line", "Usted es el siguiente"],
  "position": ["Você é o número {n} da fila|Você é o número {n} da fila", "You are number {n} in line|You are number {n} in line", "Usted es el número {n} de la fila|Usted es el número {n} de la fila"],
  "soon": ["espera de menos de 1 min", "less than 1 min", "menos de 1 min"],
  "minutes": ["espera de cerca de {n} min|espera de cerca de {n} min", "about {n} min|about {n} min", "cerca de {n} min|cerca de {n} min"],
  "with": ["Você fala com {name}", "You are chatting with {name}", "Conversa con {name}"],
  "active": ["Em atendimento", "In conversation", "En atención"],
  "hold": ["{name} já volta", "{name} will be right back", "{name} vuelve enseguida"],
  "ended": ["Conversa encerrada", "Conversation ended", "Conversación terminada"],
  "endedMore": ["Escreva para continuar.", "Write to continue.", "Escriba para continuar."],
  "protocol": ["Protocolo {number}", "Reference {number}", "Protocolo {number}"],
  "typing": ["{name} está digitando", "{name} is typing", "{name} está escribiendo"],
  "agent": ["Atendente", "Agent", "Agente"],
  "bot": ["Assistente", "Assistant", "Asistente"],
  "system": ["Aviso", "Notice", "Aviso"],
  "you": ["Você", "You", "Usted"],
  "messages": ["Mensagens", "Messages", "Mensajes"],
  "earlier": ["Mensagens anteriores", "Earlier messages", "Mensajes anteriores"],
  "write": ["Escreva sua mensagem", "Write your message", "Escriba su mensaje"],
  "send": ["Enviar", "Send", "Enviar"],
  "attach": ["Anexar arquivo", "Attach a file", "Adjuntar archivo"],
  "remove": ["Remover {name}", "Remove {name}", "Quitar {name}"],
  "limits": ["Até {n} arquivo de {size} cada|Até {n} arquivos de {size} cada", "Up to {n} file of {size} each|Up to {n} files of {size} each", "Hasta {n} archivo de {size} cada uno|Hasta {n} archivos de {size} cada uno"],
  "uploading": ["Enviando {name}: {percent}%", "Uploading {name}: {percent}%", "Enviando {name}: {percent}%"],
  "ready": ["Pronto para enviar", "Ready to send", "Listo para enviar"],
  "retry": ["Tentar de novo", "Try again", "Intentar de nuevo"],
  "sending": ["Enviando…", "Sending…", "Enviando…"],
  "sent": ["Enviada", "Sent", "Enviado"],
  "read": ["Lida", "Read", "Leído"],
  "failed": ["Não enviada", "Not sent", "No enviado"],
  "edited": ["editada", "edited", "editado"],
  "redacted": ["Mensagem removida", "Message removed", "Mensaje eliminado"],
  "file": ["{n} arquivo|{n} arquivos", "{n} file|{n} files", "{n} archivo|{n} archivos"],
  "download": ["Baixar {name}", "Download {name}", "Descargar {name}"],
  "image": ["Imagem {name}", "Image {name}", "Imagen {name}"],
  "fileWait": ["em verificação", "being checked", "en verificación"],
  "fileGone": ["indisponível", "not available", "no disponible"],
  "error.too_large": ["O arquivo é grande demais: até {size}.", "The file is too large: up to {size}.", "El archivo es demasiado grande: hasta {size}."],
  "error.type_refused": ["Este tipo de arquivo não é aceito.", "This type of file is not accepted.", "Este tipo de archivo no se acepta."],
  "error.too_many": ["No máximo {n} arquivos por mensagem.|No máximo {n} arquivos por mensagem.", "At most {n} files per message.|At most {n} files per message.", "Como máximo {n} archivos por mensaje.|Como máximo {n} archivos por mensaje."],
  "error.too_long": ["A mensagem é longa demais.", "The message is too long.", "El mensaje es demasiado largo."],
  "error.rate_limited": ["Muitas mensagens de uma vez. Espere um pouco.", "Too many messages at once. Wait a moment.", "Demasiados mensajes a la vez. Espere un momento."],
  "error.offline": ["Sem conexão.", "No connection.", "Sin conexión."],
  "error.other": ["Não foi possível. Tente de novo.", "That did not work. Try again.", "No fue posible. Intente de nuevo."],
  "begin": ["Iniciar conversa", "Start chat", "Iniciar conversación"],
  "beginHelp": ["Antes de começar, conte um pouco:", "Before we start, tell us a little:", "Antes de empezar, cuéntenos un poco:"],
  "optional": ["opcional", "optional", "opcional"],
  "needed": ["Preencha este campo.", "Fill in this field.", "Complete este campo."],
  "badEmail": ["Escreva um e-mail como nome@exemplo.com.", "Write an e-mail like name@example.com.", "Escriba un correo como nombre@ejemplo.com."],
  "badPhone": ["Escreva o telefone com DDD.", "Write the phone number with area code.", "Escriba el teléfono con código de área."],
  "end": ["Encerrar conversa", "End chat", "Terminar conversación"],
  "endAsk": ["Encerrar a conversa?", "End the conversation?", "¿Terminar la conversación?"],
  "endYes": ["Encerrar", "End", "Terminar"],
  "back": ["Voltar", "Back", "Volver"],
  "transcript": ["Baixar a conversa", "Download transcript", "Descargar la conversación"],
  "rateAsk": ["Como foi o atendimento?", "How was the service?", "¿Cómo fue la atención?"],
  "stars": ["{n} de 5|{n} de 5", "{n} of 5|{n} of 5", "{n} de 5|{n} de 5"],
  "comment": ["Comentário (opcional)", "Comment (optional)", "Comentario (opcional)"],
  "rate": ["Enviar avaliação", "Send rating", "Enviar valoración"],
  "rated": ["Obrigado pela avaliação!", "Thank you for rating!", "¡Gracias por su valoración!"],
  "rateAgain": ["Mudar", "Change", "Cambiar"],
  "newMessages": ["Ir para as mensagens novas", "Go to new messages", "Ir a los mensajes nuevos"],
} as const;

export type Key = keyof typeof catalogue;
export type Values = { [name: string]: string | number };
export type Words = (key: Key, values?: Values) => string;

/** The words of a language, by its tag; English where there are none. */
export function wordsOf(tag: string): Words {
  const language = tag.slice(0, 2).toLowerCase();
  const at = language in column ? column[language as keyof typeof column] : column.en;
  return (key, values = {}) => {
    const [one, many] = catalogue[key][at].split("|");
    return ((values.n === 1 ? one : many) ?? one!).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };
}

export const isKey = (key: string): key is Key => key in catalogue;
