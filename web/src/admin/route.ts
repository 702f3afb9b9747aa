export { goTo as go, guard, leave, pathNow, usePath, useWanted } from "../state/route.ts";

export const adminPath = "/desk/admin";
export const setupPath = "/desk/setup";
