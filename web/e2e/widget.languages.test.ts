import { createHmac } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { ConversationHead } from "../src/wire/protocol.ts";
import { accept, api, composer, messages, newPage, offer, until, World } from "./world.ts";
import { customer, launcher, panel, said, Site, watched } from "./widget.world.ts";

const sites: Site[] = [];
afterEach(() => sites.splice(0).forEach((s) => s.close()));

const words = {
  en: {
    open: "Open chat", field: "Write your message", with: "You are chatting with Ana Ribeiro", menu: "Options", end: "End chat", yes: "End", ended: "Conversation ended",
    rate: "How was the service?", stars: "4 of 5", send: "Send rating", rated: /Thank you for rating!/,
  },
  es: {
    open: "Abrir el chat", field: "Escriba su mensaje", with: "Conversa con Ana Ribeiro", menu: "Opciones", end: "Terminar conversación", yes: "Terminar", ended: "Conversación terminada",
    rate: "¿Cómo fue la atención?", stars: "4 de 5", send: "Enviar valoración", rated: /¡Gracias por su valoración!/,
  },
};

describe("the widget speaks", () => {
  for (const [language, t] of Object.entries(words)) {
    test(`${language}: a whole conversation, from opening to rating, has no word of another language`, async () => {
      const w = await World.make(["Ana Ribeiro"]);
      const site = await new Site().open();
      sites.push(site);
      await site.channel(w, { language, rating: true, title: "Store", welcome: "?" });
      site.attributes += ` language="${language}"`;
      const desk = await w.ready(w.people[0]!);
      const { page, complaints } = await customer(site);
      await page.getByRole("button", { name: t.open }).click();
      await panel(page).waitFor();
      await expect.poll(() => panel(page).getAttribute("lang")).toBe(language); // the page around it is Portuguese
      await page.getByLabel(t.field).fill("Hello");
      await page.keyboard.press("Enter");
      await offer(desk).waitFor();
      await accept(desk);
      await page.getByText(t.with).waitFor();
      await page.getByRole("button", { name: t.menu }).click();
      await page.getByRole("menuitem", { name: t.end }).click();
      await page.getByRole("button", { name: t.yes, exact: true }).click();
      await page.getByText(t.ended).waitFor();
      await page.getByRole("group", { name: t.rate }).or(page.getByText(t.rate)).first().waitFor();
      await page.getByRole("radio", { name: t.stars }).check({ force: true });
      await page.getByRole("button", { name: t.send }).click();
      await page.getByText(t.rated).waitFor();
      const shown = (await panel(page).textContent()) ?? "";
      expect(shown).not.toMatch(/Você|Obrigad|Encerrar|Escreva para|Mensagem/);
      expect(complaints).toEqual([]);
    });
  }
});

describe("a customer that the site vouches for", () => {
  const secret = "a-secret-of-the-site-with-32-characters-or-more";
  const proof = (channel: string, sub: string, name: string, key = secret): string => {
    const part = (x: object): string => Buffer.from(JSON.stringify(x)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub, name, aud: channel, iat: now, exp: now + 300 })}`;
    return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
  };

  test("is the same one in another browser, somebody else is somebody else, and a proof of another key opens nothing", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const site = await new Site().open();
    sites.push(site);
    const made = await api<{ id: string }>("/channels", {
      name: `Chat ${Date.now().toString(36)}`, kind: "web", queue_id: w.queue.id, config: { identity_secret: secret },
      widget: { origins: [site.origin], require_identity: true, title: "Loja", welcome: "Olá!", language: "pt-BR" },
    });
    site.attributes = `channel="${made.id}" identity_proof="${proof(made.id, "cliente-77", "Marina Alves")}"`;
    const desk = await w.ready(w.people[0]!);
    const first = await customer(site);
    await launcher(first.page).click();
    await first.page.getByLabel("Escreva sua mensagem").fill("Sou eu, a Marina");
    await first.page.keyboard.press("Enter");
    await offer(desk).getByText("Marina Alves").first().waitFor();
    await accept(desk);
    await composer(desk).fill("Olá, Marina");
    await desk.keyboard.press("Enter");
    await messages(desk).getByText("Olá, Marina").waitFor();

    const again = await customer(site); // another browser
    await launcher(again.page).click();
    await until(() => said(again.page).count(), (n) => n === 2);
    await again.page.getByText("Sou eu, a Marina").waitFor();

    site.attributes = `channel="${made.id}" identity_proof="${proof(made.id, "cliente-78", "Rafael Duarte")}"`;
    const other = await customer(site);
    await launcher(other.page).click();
    await other.page.getByLabel("Escreva sua mensagem").waitFor();
    await other.page.getByText("Olá!").waitFor();
    expect(await said(other.page).count()).toBe(0);

    site.attributes = `channel="${made.id}" identity_proof="${proof(made.id, "cliente-77", "Marina Alves", "another-secret-that-is-as-long-as-the-first")}"`;
    const forged = await customer(site);
    await launcher(forged.page).click();
    await forged.page.getByText("Entre novamente no site para continuar a conversa.").waitFor();
    expect(await said(forged.page).count()).toBe(0);
    const hasty = await newPage(); // no picture is drawn before the refusal is there
    await hasty.addInitScript(() => {
      const later = globalThis.setTimeout;
      Object.assign(globalThis, { requestAnimationFrame: () => 0, setTimeout: (f: () => void, ms = 0) => later(f, ms + 2_000) });
    });
    const early = await watched(site, hasty);
    await launcher(early.page).click();
    await early.page.getByText("Entre novamente no site para continuar a conversa.").waitFor();
    const { items } = await api<{ items: ConversationHead[] }>(`/conversations?channel_id=${made.id}`);
    expect(items.length).toBe(1);
    for (const c of [first, again, other, forged, early]) expect(c.complaints).toEqual([]);
  });
});
