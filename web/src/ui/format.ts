import { localeNow } from "../state/look.ts";

/** Lower case without accents, as texts are compared. */
export const fold = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const two = (n: number): string => String(n).padStart(2, "0");

/** A running time: 0:07, 12:30, 1:02:30. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

const formats: { [key: string]: Intl.DateTimeFormat } = {};

function format(name: string, o: Intl.DateTimeFormatOptions, at: string | number): string {
  const locale = localeNow();
  const key = locale + name;
  formats[key] ??= new Intl.DateTimeFormat(locale, o);
  return formats[key].format(new Date(at));
}

export const clock = (at: string | number): string => format("clock", { hour: "2-digit", minute: "2-digit" }, at);

const days = new Map<string, string>();
const quarterMS = 900_000; // days begin at a full quarter of an hour everywhere

/** The day with its name. It is asked for by every message of a list at every drawing, so it is kept. */
export function day(at: string | number): string {
  const key = `${localeNow()}${Math.floor(new Date(at).getTime() / quarterMS)}`;
  let said = days.get(key);
  if (said === undefined) {
    if (days.size > 5000) days.clear();
    days.set(key, (said = format("day", { weekday: "long", day: "numeric", month: "long" }, at)));
  }
  return said;
}
export const moment = (at: string | number): string => format("moment", { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" }, at);
export const moments = (at: string | number): string => format("moments", { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }, at);

/** Today the time, else the date. */
export function when(at: string): string {
  const same = new Date(at).toDateString() === new Date().toDateString();
  return same ? clock(at) : format("date", { day: "2-digit", month: "2-digit" }, at);
}

/** A Brazilian number as people write it; any other identity as it is. */
export function identity(value: string): string {
  const m = /^\+?55(\d{2})(\d{4,5})(\d{4})$/.exec(value);
  return m ? `+55 ${m[1]} ${m[2]}-${m[3]}` : value;
}

/** CPF and CNPJ as people write them; any other document, or a masked one, as it is. */
export function document(value: string): string {
  return value.replace(/^(\d{3})(\d{3})(\d{3})(\d{2})$/, "$1.$2.$3-$4").replace(/^(\d{2})(\d{3})(\d{3})(\d{4})(\d{2})$/, "$1.$2.$3/$4-$5");
}

export function bytes(n: number): string {
  const f = (x: number, unit: string): string => `${x.toLocaleString(localeNow(), { maximumFractionDigits: 1 })} ${unit}`;
  return n < 1024 ? f(n, "B") : n < 1 << 20 ? f(n / 1024, "KB") : f(n / (1 << 20), "MB");
}

export function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return ((parts[0]?.[0] ?? "") + (parts.length > 1 ? (parts.at(-1)?.[0] ?? "") : "")).toUpperCase() || "?";
}

/** Letters of the pattern in order; a low score is a good match, null is none. */
export function fuzzy(pattern: string, text: string): number | null {
  const p = fold(pattern);
  const t = fold(text);
  const whole = t.indexOf(p);
  if (whole >= 0) return whole;
  let at = -1;
  let score = 100;
  for (const letter of p) {
    const next = t.indexOf(letter, at + 1);
    if (next < 0) return null;
    score += next - at - 1;
    at = next;
  }
  return score;
}
