// Builds the customers' widget into dist/widget: the app under a name with a hash of its bytes, the loader that knows it,
// and the page to try it on.
import { copyFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const outDir = here("dist/widget");

const bundle = (entry, format, define) =>
  build({
    configFile: false, root: here("widget"), publicDir: false, logLevel: "warn", define,
    build: {
      target: "es2022", outDir, emptyOutDir: false, reportCompressedSize: false, minify: true,
      ...(format === "es"
        ? { modulePreload: false, rolldownOptions: { input: here(`widget/${entry}`), preserveEntrySignatures: "strict", output: { format, entryFileNames: "app-[hash].js", codeSplitting: false } } }
        : { lib: { entry: here(`widget/${entry}`), formats: [format], name: "pronto", fileName: () => entry.replace(/^.*?(\w+)\.ts$/, (_, name) => `${name === "loader" ? "widget" : name}.js`) } }),
    },
  });

await bundle("app.tsx", "es");
const app = readdirSync(outDir).find((name) => name.startsWith("app-"));
await bundle("loader.ts", "iife", { appFile: JSON.stringify(app) });
await bundle("page/page.ts", "iife");
for (const name of ["page.html", "page.css"]) copyFileSync(here(`widget/page/${name}`), `${outDir}/${name}`);
