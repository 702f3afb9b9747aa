import { afterAll, afterEach } from "vitest";
import { closeBrowser, closePages } from "./world.ts";

// Files share their modules, so what a module hooks up by itself holds for the first file only. This one runs for each.
afterEach(closePages);
afterAll(closeBrowser);
