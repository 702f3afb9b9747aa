import type { Message } from "../src/wire/protocol.ts";
import type { Words } from "./words.ts";

/** A text as parts: links, and what is between them. Only addresses of the web become links. */
export function parts(text: string): { text: string; href?: string }[] {
  const out: { text: string; href?: string }[] = [];
  let from = 0;
  for (const m of text.matchAll(/https?:\/\/[^\s<>"']+/gi)) {
    const url = m[0].replace(/[.,;:!?)\]]+$/, "");
    if (!URL.canParse(url)) continue;
    if (m.index > from) out.push({ text: text.slice(from, m.index) });
    out.push({ text: url, href: url });
    from = m.index + url.length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

/** The first of several tags of a language that the browser can write in. Pages say much there: pt_BR, or nothing that means anything. */
export function languageOf(...tags: (string | null | undefined)[]): string {
  for (const tag of tags) {
    try {
      const [known] = Intl.getCanonicalLocales((tag ?? "").trim().replaceAll("_", "-") || []);
      if (known) return known;
    } catch {
      // not a language
    }
  }
  return "en";
}

export function size(bytes: number, language: string): string {
  const [n, unit] = bytes >= 1 << 20 ? [bytes / (1 << 20), "MB"] : [Math.max(1, bytes / 1024), "KB"];
  return `${n.toLocaleString(language, { maximumFractionDigits: n < 10 && unit === "MB" ? 1 : 0 })} ${unit}`;
}

export function clock(at: string, language: string): string {
  return new Date(at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
}

export function day(at: string, language: string): string {
  return new Date(at).toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
}

/** The wait in words, of milliseconds. */
export function wait(ms: number, t: Words): string {
  const n = Math.round(ms / 60_000);
  return n < 1 ? t("soon") : t("minutes", { n });
}

export function nameOf(m: Message, t: Words): string {
  const kind = m.author.kind;
  if (kind === "contact") return t("you");
  return m.author.name || t(kind === "bot" || kind === "system" ? kind : "agent");
}

/** The conversation as a plain text. */
export function transcript(head: string[], list: Message[], t: Words, language: string): string {
  const lines = list.map((m) => {
    const at = new Date(m.at).toLocaleString(language, { dateStyle: "short", timeStyle: "medium" });
    const said = m.redacted ? `[${t("redacted")}]` : [m.text, ...m.attachments.map((a) => `[${a.name}, ${size(a.size, language)}]`)].filter(Boolean).join("\n");
    return `${at}  ${nameOf(m, t)}${m.edited_at ? ` (${t("edited")})` : ""}\n${said}\n`;
  });
  return [...head, "", ...lines].join("\n");
}
