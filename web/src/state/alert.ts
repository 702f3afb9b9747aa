import type { Offer } from "../wire/protocol.ts";
import { words } from "../words/words.ts";
import { lookNow } from "./look.ts";

let sound: AudioContext | undefined;
let rings = false;
let notifies = false;
let asked = false;

/** The first click or key of a page: from here on it may sound, and it asks whether it may notify. */
export function unlock(): void {
  if (!sound) {
    sound = new AudioContext();
    lineUp("pronto.ring", () => (rings = true));
  }
  void sound.resume();
  if (!asked && "Notification" in window && Notification.permission === "default") void Notification.requestPermission();
  asked = true;
}

/** One tab of the browser notifies, and one of those that may sound rings: whoever holds the lock. */
export function lineUpToNotify(): void {
  lineUp("pronto.notify", () => (notifies = true));
}

function lineUp(lock: string, mine: () => void): void {
  if (!navigator.locks) return mine();
  void navigator.locks.request(lock, () => {
    mine();
    return new Promise(() => {}); // until the tab closes
  });
}

type Tones = readonly (readonly [after: number, hertz: number])[]; // seconds after the beginning
const offerTones: Tones = [[0, 660], [0.16, 880]];
const alarmTones: Tones = [[0, 740], [0.18, 520], [0.36, 740]];

/** For supervisors: a limit was passed. */
export function ringAlarm(): void {
  if (rings) ring(alarmTones);
}

/** Short tones, made here: no file, no request. */
function ring(tones: Tones): void {
  if (!sound) return;
  for (const [after, hertz] of tones) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    const at = sound.currentTime + after;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.34);
  }
}

export function alertOffer(o: Offer): void {
  if (rings && lookNow().sound) ring(offerTones);
  if (notifies && document.hidden && "Notification" in window && Notification.permission === "granted") {
    const t = words();
    const note = new Notification(t("offer.new"), { body: `${o.queue.name} · ${o.contact.name || o.contact.identity}`, tag: o.conversation_id });
    note.onclick = () => window.focus();
  }
}
