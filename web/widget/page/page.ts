// The page of a made-up company: it shows the chat of the channel that its address names.
interface Chat extends HTMLElement {
  open?(): void;
}

const query = new URLSearchParams(location.search);
const channel = query.get("channel");
const preview = query.has("open"); // of the administration: open, and with the settings of this moment
const button = document.querySelector<HTMLButtonElement>("#talk")!;
if (channel) {
  if (preview) for (const key of Object.keys(sessionStorage)) if (key.includes(channel)) sessionStorage.removeItem(key); // a session that goes on keeps those it began with
  const chat = document.createElement("pronto-chat") as Chat;
  chat.setAttribute("channel", channel);
  document.body.append(chat);
  const open = (): void => void customElements.whenDefined("pronto-chat").then(() => chat.open?.()); // the loader may still be on its way
  button.onclick = open;
  if (preview) open();
} else {
  document.querySelector<HTMLElement>("#missing")!.hidden = false;
  button.hidden = true;
}

export {};
