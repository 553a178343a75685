// OpenAI's own client.
import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { add, apiKey, baseURL, leaveInMidStream, model, question, verdict } from "./conversation.mjs";

const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const chat = client.chat.completions;
const user = { role: "user", content: question };
const request = { model, temperature: 0, seed: 1, max_tokens: 100, messages: [user] };
const tool = zodFunction({ name: add.name, description: add.description, parameters: add.parameters });
const forced = { tools: [tool], tool_choice: { type: "function", function: { name: "add" } } };

const models = await client.models.list();
assert.ok(models.data.some((item) => item.id === model));

// Plain, whole and streamed.
const whole = await chat.create(request);
const text = whole.choices[0].message.content;
assert.ok(text.length > 0);
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);
const plain = await collect({ ...request, stream_options: { include_usage: true } });
assert.equal(plain.choices[0].message.content, text);
assert.equal(plain.choices[0].finish_reason, whole.choices[0].finish_reason);
assert.equal(plain.usage.completion_tokens, whole.usage.completion_tokens);

// A function: the call is forced, run here, and its result answered.
const called = await chat.create({ ...request, ...forced });
const [call] = called.choices[0].message.tool_calls;
assert.equal(call.type, "function");
assert.equal(call.function.name, "add");
const result = add.run(add.parameters.parse(JSON.parse(call.function.arguments)));
const streamedCall = (await collect({ ...request, ...forced })).choices[0];
add.parameters.parse(streamedCall.message.tool_calls[0].function.parsed_arguments);
assert.equal(streamedCall.finish_reason, called.choices[0].finish_reason);
const answered = await chat.create({
  ...request,
  tools: [tool],
  tool_choice: "none",
  messages: [user, called.choices[0].message, { role: "tool", tool_call_id: call.id, content: result }],
});
assert.ok(answered.choices[0].message.content.length > 0);
const any = await chat.create({ ...request, tools: [tool], tool_choice: "required", parallel_tool_calls: false });
assert.equal(any.choices[0].message.tool_calls.length, 1);
assert.equal(any.choices[0].finish_reason, "tool_calls");
let ran = 0;
await chat
  .runTools({
    ...request,
    ...forced,
    tools: [{ ...tool, function: { ...tool.function, parse: JSON.parse, function: (input) => (ran++, add.run(input)) } }],
  })
  .done();
assert.equal(ran, 1);

// A schema.
const format = { response_format: zodResponseFormat(verdict, "verdict") };
const parsed = await chat.parse({ ...request, ...format });
verdict.parse(parsed.choices[0].message.parsed);
verdict.parse((await collect({ ...request, ...format })).choices[0].message.parsed);
const object = await chat.create({ ...request, max_tokens: 8, response_format: { type: "json_object" } });
assert.ok(object.choices[0].message.content.startsWith("{"));

// Log-probabilities, and two answers.
const probable = { ...request, max_tokens: 5, logprobs: true, top_logprobs: 3 };
const { content: probabilities } = (await chat.create(probable)).choices[0].logprobs;
assert.ok(probabilities.length > 0);
for (const item of probabilities) {
  assert.equal(item.top_logprobs.length, 3);
  assert.ok(Number.isFinite(item.logprob) && item.logprob <= 0);
  assert.equal(Buffer.from(item.bytes).toString(), item.token);
}
const streamedTokens = (await collect(probable)).choices[0].logprobs.content.map((item) => item.token);
assert.deepEqual(streamedTokens, probabilities.map((item) => item.token));
const two = await chat.create({ ...request, n: 2, temperature: 1 });
assert.deepEqual(two.choices.map((choice) => choice.index), [0, 1]);

// A plain text that goes on.
const completion = await client.completions.create({ model, prompt: question, max_tokens: 5, temperature: 0 });
assert.ok(completion.usage.completion_tokens <= 5);

// Responses: a turn, the next one that continues it, a function and a schema, whole and streamed.
const first = await client.responses.create({ model, input: question, temperature: 0, max_output_tokens: 50 });
assert.ok(first.output_text.length > 0);
const next = await client.responses.create({ model, input: "And 1 + 1?", previous_response_id: first.id, max_output_tokens: 20 });
assert.equal(next.previous_response_id, first.id);
assert.equal((await client.responses.retrieve(first.id)).output_text, first.output_text);
const flat = { type: "function", name: "add", description: add.description, parameters: tool.function.parameters, strict: true };
const acted = await client.responses.create({ model, input: question, tools: [flat], tool_choice: "required", parallel_tool_calls: false, max_output_tokens: 100 });
const action = acted.output.find((item) => item.type === "function_call");
const sum = add.run(add.parameters.parse(JSON.parse(action.arguments)));
const reacted = await client.responses.create({
  model, previous_response_id: acted.id, input: [{ type: "function_call_output", call_id: action.call_id, output: sum }], max_output_tokens: 20,
});
assert.ok(reacted.output.length > 0);
const shaped = await client.responses
  .stream({ model, input: question, text: { format: zodTextFormat(verdict, "verdict") }, temperature: 0, max_output_tokens: 100 })
  .finalResponse();
verdict.parse(shaped.output_parsed);

// Vectors.
const encoder = "all-MiniLM-L6-v2";
const vectors = await client.embeddings.create({ model: encoder, input: [question, "Sort these words."] });
assert.deepEqual(vectors.data.map((item) => item.embedding.length), [384, 384]);
assert.ok(vectors.usage.prompt_tokens > 8);
const numbers = await client.embeddings.create({ model: encoder, input: question, encoding_format: "float" });
assert.ok(Math.abs(Math.hypot(...numbers.data[0].embedding) - 1) < 1e-5);
await assert.rejects(client.embeddings.create({ model: "cascade", input: "x" }), (error) => error.status === 404);

// Leaving.
await leaveInMidStream(
  (signal) => chat.create({ ...request, max_tokens: 500, ignore_eos: true, stream: true }, { signal }),
  async () => (await chat.create(request)).choices[0].message.content,
);

// Refusals.
const stranger = new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 });
await assert.rejects(stranger.chat.completions.create(request), (error) => error.status === 401 && error.code === "invalid_api_key");
await assert.rejects(chat.create({ ...request, model: "nobody" }), (error) => error.status === 404 && error.code === "model_not_found");

/** The answer that the client puts together from a stream. */
function collect(body) {
  return chat.stream(body).finalChatCompletion();
}
