// What every client is asked, and the server it is pointed at: node SCRIPT BASE_URL API_KEY MODEL
import assert from "node:assert/strict";
import { z } from "zod";

export const [baseURL, apiKey, model] = process.argv.slice(2);
export const question = "What is 12 + 30?";

// Its arguments are short whatever a model writes: little models do not know when to end a string.
export const add = {
  name: "add",
  description: "Adds two numbers.",
  parameters: z.object({ a: z.int().min(0).max(99), b: z.int().min(0).max(99) }),
  run: ({ a, b }) => String(a + b),
};

export const verdict = z.object({ colour: z.enum(["red", "green", "blue"]), isSure: z.boolean(), score: z.int().min(0).max(10) });

/** Begins a long answer, leaves after its first piece, and shows that the server answers the next request. */
export async function leaveInMidStream(begin, ask) {
  const abort = new AbortController();
  let pieces = 0;
  try {
    for await (const _ of await begin(abort.signal)) {
      pieces++;
      abort.abort();
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
  assert.ok(pieces >= 1);
  assert.ok((await ask()).length > 0);
}
