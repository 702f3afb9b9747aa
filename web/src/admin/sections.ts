import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import type { Kind } from "./kind.ts";
import { ArrowLeftRight, Building2, Crosshair, EyeOff, KeySquare, Paperclip, ScrollText } from "lucide-react";
import { announcements } from "./kinds/announcements.tsx";
import { agents } from "./kinds/agents.tsx";
import { contactFields } from "./kinds/contactFields.tsx";
import { channels } from "./kinds/channels.tsx";
import { hours } from "./kinds/hours.tsx";
import { queues } from "./kinds/queues.tsx";
import { scripts } from "./kinds/scripts.tsx";
import { canned, pauses, skills } from "./kinds/simple.tsx";
import { webhooks } from "./kinds/webhooks.tsx";
import { Audit } from "./pages/Audit.tsx";
import { Attachments, Organisation, Privacy } from "./pages/Single.tsx";
import { Overview } from "./pages/Overview.tsx";
import { Preview } from "./pages/Preview.tsx";
import { Tokens } from "./pages/Tokens.tsx";
import { Transfer } from "./pages/Transfer.tsx";
import type { Key } from "./words.ts";

/** Every kind of configuration that is edited by the same list and form. */
// eslint-disable-next-line typescript/no-explicit-any
export const kinds: Kind<any>[] = [queues, agents, skills, pauses, hours, scripts, canned, announcements, contactFields, channels, webhooks];

/** Pages that are no list of objects. */
export const pages: { [section: string]: ComponentType } = { overview: Overview, preview: Preview, organisation: Organisation, attachments: Attachments, privacy: Privacy, tokens: Tokens, audit: Audit, transfer: Transfer };

export interface Group {
  label: Key;
  sections: { id: string; icon: LucideIcon }[];
}

const of = (k: { section: string; icon: LucideIcon }): { id: string; icon: LucideIcon } => ({ id: k.section, icon: k.icon });

export const groups: Group[] = [
  { label: "group.routing", sections: [of(queues), of(agents), of(skills), of(hours), of(pauses), { id: "preview", icon: Crosshair }] },
  { label: "group.channels", sections: [of(channels), of(webhooks)] },
  { label: "group.content", sections: [of(scripts), of(canned), of(announcements), of(contactFields)] },
  {
    label: "group.system",
    sections: [{ id: "organisation", icon: Building2 }, { id: "attachments", icon: Paperclip }, { id: "privacy", icon: EyeOff }, { id: "tokens", icon: KeySquare }, { id: "audit", icon: ScrollText }, { id: "transfer", icon: ArrowLeftRight }],
  },
];

/** What supervisors find here: the rest is for administrators. */
export const ofSupervisors = new Set([announcements.section]);
