import { CalendarClock } from "lucide-react";
import { useId } from "react";
import { useRest } from "../../ui/useRest.ts";
import { moment } from "../../ui/format.ts";
import { localeNow } from "../../state/look.ts";
import type { BusinessHours, Holiday, HoursException, HoursStatus, WeeklyHours } from "../../wire/protocol.ts";
import { Check, Pick, Rows, Text } from "../fields.tsx";
import { Frame, Section, useField, useForm } from "../form.tsx";
import type { Kind } from "../kind.ts";
import { type Key, useT } from "../words.ts";

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** The name of a day of the week, short or whole, in the language of the desk. */
const dayName = (day: string, style: "short" | "long"): string => new Intl.DateTimeFormat(localeNow(), { weekday: style, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1 + days.indexOf(day as "mon"))));

const zones = ((): string[] => Intl.supportedValuesOf("timeZone"))();
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function HoursForm() {
  const t = useT();
  const countries = ["BR", "AR", "DE", "ES", "FR", "GB", "IT", "PT", "US"].map((value) => ({ value, label: new Intl.DisplayNames(localeNow(), { type: "region" }).of(value) ?? value }));
  return (
    <>
      <Section title={t("section.basic")}>
        <Text at="/name" label={t("name")} required max={100} />
        <Zone />
      </Section>
      <Section title={t("h.week")} text={t("h.week.text")}>
        <Rows at="/weekly" label={t("h.spans")} add={t("h.span.add")} blank={firstWeekly} nameOf={(_, i) => t("h.span", { n: i + 1 })} row={(at) => <><Days at={`${at}/days`} /><Clock at={`${at}/from`} label={t("h.from")} /><Clock at={`${at}/to`} label={t("h.to")} /></>} />
      </Section>
      <Section title={t("h.holidays")} text={t("h.holidays.text")}>
        <Pick at="/holidays/country" label={t("h.country")} options={countries} none={t("h.country.none")} />
        <Rows at="/holidays/dates" label={t("h.dates")} add={t("h.date.add")} blank={{ date: "", name: "" } as Holiday} nameOf={(h) => h.name || h.date || t("h.date")} row={(at) => <><Text at={`${at}/date`} label={t("h.date")} type="date" /><Text at={`${at}/name`} label={t("name")} max={100} /></>} />
      </Section>
      <Section title={t("h.exceptions")} text={t("h.exceptions.text")}>
        <Rows
          at="/exceptions" label={t("h.exceptions")} add={t("h.exception.add")} blank={firstException} nameOf={(e) => e.name || e.date || t("h.exception")}
          row={(at, e) => (
            <>
              <Text at={`${at}/date`} label={t("h.date")} type="date" />
              <Text at={`${at}/name`} label={t("name")} max={100} />
              <Check at={`${at}/closed`} label={t("h.closed")} />
              {!e.closed && <Rows at={`${at}/spans`} label={t("h.spans")} add={t("h.span.add")} blank={{ from: "09:00", to: "13:00" }} nameOf={(_, i) => t("h.span", { n: i + 1 })} row={(a) => <><Clock at={`${a}/from`} label={t("h.from")} /><Clock at={`${a}/to`} label={t("h.to")} /></>} />}
            </>
          )}
        />
      </Section>
    </>
  );
}

const firstWeekly: WeeklyHours = { days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "18:00" };
const firstException: HoursException = { date: "", name: "", closed: true };

function Zone() {
  const t = useT();
  const list = useId();
  const f = useField<string>("/time_zone", t("h.zone"), { hint: true });
  return (
    <Frame field={f as never} label={t("h.zone")} hint={t("h.zone.hint")}>
      <input {...f.aria} list={list} value={f.value} onChange={(e) => f.set(e.target.value)} autoComplete="off" />
      <datalist id={list}>{zones.map((z) => <option key={z} value={z} />)}</datalist>
    </Frame>
  );
}

function Days({ at }: { at: string }) {
  const t = useT();
  const f = useField<string[]>(at, t("h.days"), { deep: true });
  return (
    <fieldset className={`field days${f.error ? " wrong" : ""}`} data-at={at}>
      <legend>{t("h.days")}</legend>
      <span className="day-row">
        {days.map((d) => (
          <label key={d} className={`day${f.value.includes(d) ? " on" : ""}`} title={dayName(d, "long")}>
            <input type="checkbox" aria-label={dayName(d, "long")} checked={f.value.includes(d)} onChange={(e) => f.set(days.filter((x) => (x === d ? e.target.checked : f.value.includes(x))))} />{dayName(d, "short").replace(".", "")}
          </label>
        ))}
      </span>
      {f.error && <p className="field-error">{f.error}</p>}
    </fieldset>
  );
}

/** A time of day; a browser's own field for times knows no 24:00. */
function Clock({ at, label }: { at: string; label: string }) {
  return <Text at={at} label={label} max={5} placeholder="09:00" />;
}

const minutes = (clock: string): number => {
  const [h = 0, m = 0] = clock.split(":").map(Number);
  return Math.min(1440, Math.max(0, h * 60 + m)) || 0;
};

/** The parts of each day in which it is open, in minutes; what goes past midnight is on the next day. */
export function weekOf(weekly: WeeklyHours[]): [number, number][][] {
  const out: [number, number][][] = days.map(() => []);
  for (const w of weekly) {
    const [from, to] = [minutes(w.from), minutes(w.to)];
    for (const d of w.days) {
      const i = days.indexOf(d);
      out[i]!.push([from, to > from ? to : 1440]);
      if (to <= from && to > 0) out[(i + 1) % 7]!.push([0, to]);
    }
  }
  return out.map((spans) => spans.toSorted((a, b) => a[0] - b[0]));
}

/** The week at one look, and whether it is open now. */
function Week({ id }: { id: string }) {
  const t = useT();
  const hours = useForm().value as BusinessHours;
  const week = weekOf(hours.weekly);
  return (
    <section className="card preview" aria-label={t("h.look")}>
      <h2>{t("h.look")}</h2>
      {id !== "new" && <Now key={hours.version} id={id} />}
      <dl className="week">
        {days.map((d, i) => (
          <div key={d}>
            <dt>{dayName(d, "short").replace(".", "")}</dt>
            <dd>
              <svg viewBox="0 0 1440 100" preserveAspectRatio="none" aria-hidden>{week[i]!.map(([a, b]) => <rect key={a} x={a} y="0" width={b - a} height="100" />)}</svg>
              <span className="tabular">{week[i]!.length ? week[i]!.map(([a, b]) => `${text(a)}–${text(b)}`).join(", ") : t("h.closed")}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const text = (m: number): string => `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`;

function Now({ id }: { id: string }) {
  const t = useT();
  const { data } = useRest<HoursStatus>(`/business-hours/${id}/status`);
  if (!data) return null;
  return <p><span className={`tag ${data.open ? "on" : "off"}`}>{t((data.open ? "h.open" : "h.shut") as Key)}</span> {data.changes_at && <span className="muted">{t("h.until", { at: moment(data.changes_at) })}</span>} {data.name}</p>;
}

export const hours: Kind<BusinessHours> = {
  section: "hours", path: "/business-hours", icon: CalendarClock, nameOf: (v) => v.name, Form: HoursForm, Aside: Week,
  blank: { name: "", time_zone: ownZone, weekly: [firstWeekly], exceptions: [], holidays: { country: "", dates: [] } },
  send: (v) => ({ ...v, exceptions: v.exceptions.map(({ spans, ...e }) => (e.closed ? e : { ...e, closed: false, spans: spans ?? [] })) }),
  columns: [
    { label: "h.zone", show: (v) => v.time_zone },
    { label: "h.week", show: (v) => v.weekly.map((w) => `${w.days.map((d) => dayName(d, "short").replace(".", "")).join(" ")} ${w.from}–${w.to}`).join("; ") },
  ],
};
