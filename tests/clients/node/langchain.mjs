// LangChain's client for OpenAI.
import assert from "node:assert/strict";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { add, apiKey, baseURL, leaveInMidStream, model, question, verdict } from "./conversation.mjs";

const configuration = { baseURL };
const settings = { model, apiKey, configuration, temperature: 0, maxTokens: 100, maxRetries: 0 };
const chat = new ChatOpenAI(settings);

// Plain, whole and streamed.
const whole = await chat.invoke(question);
assert.ok(whole.text.length > 0);
assert.equal(whole.usage_metadata.total_tokens, whole.usage_metadata.input_tokens + whole.usage_metadata.output_tokens);
const streamed = await concatenated(chat);
assert.equal(streamed.text, whole.text);
assert.equal(streamed.usage_metadata.output_tokens, whole.usage_metadata.output_tokens);

// A function: the call is forced, run here, and its result answered.
const adder = tool(add.run, { name: add.name, description: add.description, schema: add.parameters });
const caller = chat.bindTools([adder], { tool_choice: "add" });
const called = await caller.invoke(question);
const [call] = called.tool_calls;
assert.equal(call.name, "add");
const result = await adder.invoke(call);
assert.ok(result instanceof ToolMessage);
assert.equal(result.content, add.run(add.parameters.parse(call.args)));
add.parameters.parse((await concatenated(caller)).tool_calls[0].args);
const answered = await chat.bindTools([adder], { tool_choice: "none" }).invoke([new HumanMessage(question), called, result]);
assert.ok(answered.text.length > 0);
const any = await chat.bindTools([adder], { tool_choice: "any" }).invoke(question);
assert.equal(any.tool_calls[0].name, "add");

// A schema, by each way that the client has.
for (const method of ["jsonSchema", "functionCalling"]) {
  verdict.parse(await chat.withStructuredOutput(verdict, { name: "verdict", method }).invoke(question));
}

// Log-probabilities.
const probable = await new ChatOpenAI({ ...settings, logprobs: true, topLogprobs: 2 }).invoke(question);
assert.equal(probable.response_metadata.logprobs.content[0].top_logprobs.length, 2);

// Vectors.
const embeddings = new OpenAIEmbeddings({ model: "all-MiniLM-L6-v2", apiKey, configuration, maxRetries: 0 });
assert.equal((await embeddings.embedQuery(question)).length, 384);

// Leaving.
const long = new ChatOpenAI({ ...settings, maxTokens: 1000, modelKwargs: { ignore_eos: true } });
await leaveInMidStream(
  (signal) => long.stream(question, { signal }),
  async () => (await chat.invoke(question)).text,
);

/** The message that the client puts together from a stream. */
async function concatenated(runnable) {
  let message = null;
  for await (const chunk of await runnable.stream(question)) message = message === null ? chunk : message.concat(chunk);
  return message;
}
