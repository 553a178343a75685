// Anthropic's own client, for POST /v1/messages.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import { add, apiKey, baseURL, leaveInMidStream, model, question } from "./conversation.mjs";

// It puts the version into the path itself.
const client = new Anthropic({ baseURL: baseURL.replace(/\/v1\/?$/, ""), apiKey, maxRetries: 0 });
const user = { role: "user", content: question };
const request = { model, max_tokens: 100, temperature: 0, messages: [user] };
const tool = { name: add.name, description: add.description, input_schema: z.toJSONSchema(add.parameters) };
const forced = { tools: [tool], tool_choice: { type: "tool", name: "add", disable_parallel_tool_use: true } };

// Plain, whole and streamed.
const whole = await client.messages.create(request);
const text = whole.content[0].text;
assert.ok(text.length > 0);
assert.ok(["end_turn", "max_tokens"].includes(whole.stop_reason));
assert.ok(whole.usage.output_tokens > 0);
const streamed = await client.messages.stream(request).finalMessage();
assert.equal(streamed.content[0].text, text);
assert.equal(streamed.stop_reason, whole.stop_reason);
assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);

// How long the prompt is.
const counted = await client.messages.countTokens({ model, messages: [user] });
assert.ok(counted.input_tokens > 0);

// A function: the call is forced, run here, and its result answered.
const called = await client.messages.create({ ...request, ...forced });
const call = called.content.find((block) => block.type === "tool_use");
assert.equal(called.stop_reason, "tool_use");
assert.equal(call.name, "add");
const result = add.run(add.parameters.parse(call.input));
const streamedCall = await client.messages.stream({ ...request, ...forced }).finalMessage();
assert.deepEqual(streamedCall.content.find((block) => block.type === "tool_use").input, call.input);
const answered = await client.messages.create({
  ...request,
  tools: [tool],
  tool_choice: { type: "none" },
  messages: [user, { role: "assistant", content: called.content }, { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: result }] }],
});
assert.ok(answered.content[0].text.length > 0);

// Leaving.
await leaveInMidStream(
  (signal) => client.messages.create({ ...request, max_tokens: 500, stream: true }, { signal }),
  async () => (await client.messages.create(request)).content[0].text,
);

// Refusals.
const stranger = new Anthropic({ baseURL: baseURL.replace(/\/v1\/?$/, ""), apiKey: "wrong", maxRetries: 0 });
await assert.rejects(stranger.messages.create(request), (error) => error.status === 401 && error.error.error.type === "authentication_error");
await assert.rejects(client.messages.create({ ...request, model: "nobody" }), (error) => error.status === 404 && error.error.error.type === "not_found_error");
