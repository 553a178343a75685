// Serves one GGUF file by node-llama-cpp as an OpenAI-shaped chat endpoint, so that `cascade bench` can ask it and CascadeLocal in
// turns. Only what that command sends is understood: streamed chat completions.
// usage: node node-llama-cpp.mjs FILE --port P --sequences N --ctx TOKENS --threads T
import http from "node:http";
import { parseArgs } from "node:util";
import { getLlama, LlamaChat, resolveChatWrapper, TokenBias } from "node-llama-cpp";

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        port: { type: "string" },
        sequences: { type: "string", default: "16" },
        ctx: { type: "string", default: "1024" },
        threads: { type: "string", default: "1" },
    },
});
const threads = Number(values.threads);

const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads, logLevel: "error" });
const model = await llama.loadModel({ modelPath: positionals[0] });
const context = await model.createContext({
    sequences: Number(values.sequences), contextSize: Number(values.ctx), batchSize: 2048, threads,
});
const chatWrapper = resolveChatWrapper(model);
const neverEnds = new TokenBias(model.tokenizer).set(model.tokens.eos, "never").set(model.tokens.eot ?? model.tokens.eos, "never");

// Each has a sequence of its own, and what it was asked last.
const idle = Array.from({ length: Number(values.sequences) }, () => ({
    chat: new LlamaChat({ contextSequence: context.getSequence(), chatWrapper }), prompt: "",
}));
const waiting = [];

// The one whose sequence holds most of the prompt's beginning: what a careful user of the library would write.
function take(prompt) {
    let best = 0, most = -1;
    idle.forEach((slot, i) => {
        let shared = 0;
        while (shared < slot.prompt.length && slot.prompt[shared] === prompt[shared]) shared++;
        if (shared > most) [best, most] = [i, shared];
    });
    return idle.splice(best, 1)[0];
}

const acquire = prompt => idle.length > 0 ? Promise.resolve(take(prompt)) : new Promise(resolve => waiting.push(resolve));

function release(slot) {
    const next = waiting.shift();
    if (next) next(slot);
    else idle.push(slot);
}

function historyOf(messages) {
    return [
        ...(messages.some(m => m.role === "system") ? [] : chatWrapper.generateInitialChatHistory()),
        ...messages.map(m => m.role === "assistant" ? { type: "model", response: [m.content] } : { type: m.role, ...textOf(m) }),
        { type: "model", response: [] },
    ];
}

const textOf = message => ({ text: message.content });

async function answer(body, response) {
    const prompt = JSON.stringify(body.messages);
    const slot = await acquire(prompt);
    slot.prompt = prompt;
    const stop = new AbortController();
    response.on("close", () => stop.abort());
    let tokens = 0;
    const send = event => response.write(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
    const chunk = (delta, finish_reason = null) => ({ object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] });
    try {
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        const result = await slot.chat.generateResponse(historyOf(body.messages), {
            maxTokens: body.max_completion_tokens ?? body.max_tokens ?? 128,
            temperature: body.temperature ?? 0,
            tokenBias: body.ignore_eos ? neverEnds : undefined,
            signal: stop.signal,
            onToken: some => { tokens += some.length; },
            onTextChunk: content => send(chunk({ content })),
        });
        send(chunk({}, result.metadata.stopReason === "maxTokens" ? "length" : "stop"));
        send({ object: "chat.completion.chunk", choices: [], usage: { prompt_tokens: 0, completion_tokens: tokens, total_tokens: tokens } });
        send("[DONE]");
    } catch (error) {
        if (!stop.signal.aborted) console.error(error);
    } finally {
        release(slot);
        response.end();
    }
}

http.createServer((request, response) => {
    if (request.method !== "POST" || !request.url.endsWith("/chat/completions")) {
        response.writeHead(request.url.endsWith("/models") ? 200 : 404, { "Content-Type": "application/json" });
        response.end(JSON.stringify({ object: "list", data: [{ id: "peer", object: "model" }] }));
        return;
    }

    let text = "";
    request.setEncoding("utf8").on("data", part => { text += part; }).on("end", () => answer(JSON.parse(text), response));
}).listen(Number(values.port), "127.0.0.1", () => console.log("ready"));
