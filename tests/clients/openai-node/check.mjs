// Talks to a running server with OpenAI's own client. Usage: node check.mjs BASE_URL API_KEY
import assert from "node:assert/strict";
import OpenAI from "openai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const request = {
  model: "cascade",
  temperature: 0,
  max_tokens: 50,
  messages: [{ role: "user", content: "What is 12 + 30?" }],
};

const models = await client.models.list();
assert.ok(models.data.some((model) => model.id === "cascade"));

const whole = await client.chat.completions.create(request);
const text = whole.choices[0].message.content;
assert.ok(text.length > 0);
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);

let streamed = "";
let finishReason = null;
let usage = null;
const stream = await client.chat.completions.create({
  ...request,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  streamed += chunk.choices[0]?.delta.content ?? "";
  finishReason ??= chunk.choices[0]?.finish_reason;
  usage ??= chunk.usage;
}
assert.equal(streamed, text);
assert.equal(finishReason, whole.choices[0].finish_reason);
assert.equal(usage.completion_tokens, whole.usage.completion_tokens);

const vectors = await client.embeddings.create({ model: "all-MiniLM-L6-v2", input: ["What is 12 + 30?", "Sort these words."] });
assert.deepEqual(vectors.data.map((item) => item.embedding.length), [384, 384]);
assert.ok(vectors.usage.prompt_tokens > 8);
const numbers = await client.embeddings.create({ model: "all-MiniLM-L6-v2", input: "What is 12 + 30?", encoding_format: "float" });
assert.ok(Math.abs(Math.hypot(...numbers.data[0].embedding) - 1) < 1e-5);
await assert.rejects(client.embeddings.create({ model: "cascade", input: "x" }), (error) => error.status === 404);
await assert.rejects(
  client.embeddings.create({ model: "all-MiniLM-L6-v2", input: [1, 2] }),
  (error) => error.status === 400 && error.param === "input[0]",
);

const stranger = new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 });
await assert.rejects(stranger.chat.completions.create(request), (error) => error.status === 401 && error.code === "invalid_api_key");

await assert.rejects(
  client.chat.completions.create({ ...request, model: "nobody" }),
  (error) => error.status === 404 && error.code === "model_not_found",
);
