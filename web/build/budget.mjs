// Fails when JavaScript is larger than its budget.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const budgets = [
  { what: "desk", folder: "assets/", is: (name) => name.endsWith(".js"), kb: 220 },
  { what: "widget's loader", folder: "widget/", is: (name) => name === "widget.js", kb: 3 },
  { what: "widget's app", folder: "widget/", is: (name) => /^app-.*\.js$/.test(name), kb: 25 },
];

for (const { what, folder, is, kb } of budgets) {
  const at = new URL(folder, dist);
  const names = readdirSync(at).filter(is);
  const size = names.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, at)), { level: 9 }).length, 0) / 1024;
  console.log(`${what}: ${size.toFixed(1)} KB gz of ${kb}`);
  if (!names.length || size > kb) process.exitCode = 1;
}
