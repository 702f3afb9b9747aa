import { Globe, type LucideIcon, MessageCircle, Phone, Send } from "lucide-react";
import { initials } from "./format.ts";

const channels: { [kind: string]: LucideIcon } = { whatsapp: Phone, telegram: Send, web: Globe, generic: MessageCircle };

export function ChannelIcon({ kind, size = 14 }: { kind: string; size?: number }) {
  const Icon = channels[kind] ?? MessageCircle;
  return <Icon size={size} aria-hidden className={`channel ${kind}`} />;
}

/** A person's initials in a colour that stays the same. */
export function Avatar({ name, id, size }: { name: string; id: string; size?: "small" }) {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.charCodeAt(0)) % 360;
  return <span className={`avatar hue-${sum % 6}${size ? ` ${size}` : ""}`} data-initials={initials(name)} aria-hidden />;
}
