// Vercel's AI SDK with its provider for OpenAI-compatible servers.
import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, stepCountIs, streamObject, streamText, tool } from "ai";
import { add, apiKey, baseURL, leaveInMidStream, model, question, verdict } from "./conversation.mjs";

const provider = createOpenAICompatible({ name: "cascade", baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true });
const request = { model: provider(model), temperature: 0, seed: 1, maxOutputTokens: 100, maxRetries: 0, prompt: question };

// Plain, whole and streamed.
const whole = await generateText(request);
assert.ok(whole.text.length > 0);
assert.ok(whole.usage.outputTokens > 0);
const stream = streamText(request);
let streamed = "";
for await (const piece of stream.textStream) streamed += piece;
assert.equal(streamed, whole.text);
assert.equal(await stream.finishReason, whole.finishReason);
assert.equal((await stream.usage).outputTokens, whole.usage.outputTokens);

// A function: the call is forced in the first step, run, and its result answered in the second.
const tools = { add: tool({ description: add.description, inputSchema: add.parameters, execute: (input) => add.run(input) }) };
const loop = {
  ...request,
  tools,
  stopWhen: stepCountIs(2),
  prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? { type: "tool", toolName: "add" } : "none" }),
};
const running = streamText(loop);
await running.consumeStream();
for (const steps of [(await generateText(loop)).steps, await running.steps]) {
  assert.equal(steps.length, 2);
  assert.equal(steps[0].finishReason, "tool-calls");
  const [{ input, output }] = steps[0].toolResults;
  assert.equal(output, add.run(add.parameters.parse(input)));
  assert.ok(steps[1].text.length > 0);
}
const any = await generateText({ ...request, tools, toolChoice: "required" });
assert.equal(any.toolCalls[0].toolName, "add");

// A schema.
verdict.parse((await generateObject({ ...request, schema: verdict })).object);
const growing = streamObject({ ...request, schema: verdict });
let pieces = 0;
for await (const _ of growing.partialObjectStream) pieces++;
assert.ok(pieces > 0);
verdict.parse(await growing.object);

// Leaving.
const long = { ...request, maxOutputTokens: 1000, providerOptions: { cascade: { ignore_eos: true } } };
await leaveInMidStream(
  (abortSignal) => streamText({ ...long, abortSignal }).textStream,
  async () => (await generateText(request)).text,
);
