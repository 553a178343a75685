// The page: keeps what the feed tells and shows it.

import { flow, scatter, sendDot, short, sparkline, svg } from "./charts.js";
import { follow, rememberKey } from "./feed.js";

const RECENT = 200;
const ROWS = 30;
const HISTORY = 60;
const DRAW_MS = 200;

const $ = id => document.getElementById(id);
const state = { members: [], policy: null, live: new Map(), recent: [], requests: 0, escalated: 0, failed: 0, novel: 0, started: 0, rates: new Map() };
let route = () => null;
const dots = svg("svg", { class: "dots", "aria-hidden": "true" });

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Colours belong to members, in the pool's order, and stay with them.
function colour(name) {
  const index = state.members.findIndex(m => m.name === name);
  return index < 0 ? "var(--ink-3)" : `var(--series-${index % 6 + 1})`;
}

// Pictures are drawn as wide as their place, so that their text keeps its size.
const widthOf = id => Math.max(280, $(id).clientWidth);

const mean = values => values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
const answered = () => state.recent.filter(r => r.status === "ok");
const liveMean = field => mean(answered().map(r => r[field]).filter(v => Number.isFinite(v)));

// ---- events

const handlers = {
  state(event) {
    Object.assign(state, { policy: event.policy, requests: event.requests, escalated: event.escalated, failed: event.failed, novel: event.novel });
    state.recent = event.recent.slice(-RECENT);
    state.live = new Map(event.live.map(r => [r.id, r]));
    state.started = Date.now() - 1000 * event.uptime_s;
    takeMembers(event.members);
    showServer(event.state);
    showRequests();
    showMembers();
  },
  decided({ request }) {
    state.live.set(request.id, request);
    schedule(showLive);
  },
  judged({ id, verdict }) {
    const request = state.live.get(id);
    if (request) request.verdict = verdict;
    schedule(showLive);
  },
  completed({ request }) {
    state.live.delete(request.id);
    if (state.recent.some(r => r.id === request.id)) return;
    state.recent.push(request);
    if (state.recent.length > RECENT) state.recent.shift();
    state.requests++;
    if (request.escalated) state.escalated++;
    if (request.status === "failed") state.failed++;
    if (request.novel) state.novel++;
    schedule(showRequests);
    if (request.status === "ok") animate(request);
  },
  members(event) {
    takeMembers(event.members);
    showServer(event.state);
    schedule(showMembers);
    schedule(showTotals);
  },
};

function takeMembers(members) {
  const now = performance.now();
  for (const member of members) {
    const known = state.rates.get(member.name);
    const values = known?.values ?? [];
    if (known && member.output_tokens >= known.tokens && now - known.at > 500) {
      values.push((member.output_tokens - known.tokens) / (now - known.at) * 1000);
      if (values.length > HISTORY) values.shift();
      state.rates.set(member.name, { tokens: member.output_tokens, at: now, values });
    } else if (!known || member.output_tokens < known.tokens) {
      state.rates.set(member.name, { tokens: member.output_tokens ?? 0, at: now, values: [] });
    }
  }
  state.members = members;
}

// However many events come, each part is drawn anew a few times a second at most.
const waiting = new Set();
function schedule(show) {
  if (waiting.size === 0) setTimeout(() => {
    const shows = [...waiting];
    waiting.clear();
    for (const s of shows) s();
  }, DRAW_MS);
  waiting.add(show);
}

// ---- what is shown

function showServer(word) {
  $("state").textContent = word;
  $("state").dataset.state = word;
  $("uptime").textContent = `up ${duration(Math.round((Date.now() - state.started) / 1000))}`;
}

function showRequests() {
  showTotals();
  showFlow();
  showLive();
  showPlot();
  showRecent();
}

function showTotals() {
  const rate = [...state.rates.values()].reduce((sum, r) => sum + (r.values.at(-1) ?? 0), 0);
  const share = count => state.requests === 0 ? "–" : `${(100 * count / state.requests).toFixed(1)} %`;
  const items = [
    ["requests", short(state.requests), state.failed > 0 ? `${short(state.failed)} failed` : ""],
    ["escalated", share(state.escalated), ""],
    ["novel", share(state.novel), ""],
    ["mean TPOT", short(liveMean("tpot_ms")), "ms, last 200"],
    ["mean E2EL", short(liveMean("e2el_ms")), "ms, last 200"],
    ["running", short(state.live.size), ""],
    ["output", short(rate), "tokens/s"],
  ];
  $("totals").replaceChildren(...items.map(([name, value, note]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value, element("small", {}, note)))));
}

function showFlow() {
  const requests = answered();
  if (requests.length === 0) {
    route = () => null;
    $("flow").replaceChildren(empty("No request has been answered yet. Send one:", `curl ${location.origin}/v1/chat/completions -H "Content-Type: application/json" -d '{"messages":[{"role":"user","content":"What is 2 + 2?"}]}'`));
    return;
  }
  const drawn = flow(requests, state.members.map(m => m.name), colour, widthOf("flow"));
  route = drawn.route;
  dots.setAttribute("viewBox", drawn.picture.getAttribute("viewBox"));
  if (dots.parentNode !== $("flow")) $("flow").replaceChildren(drawn.picture, dots);
  else $("flow").firstChild.replaceWith(drawn.picture);
}

function animate(request) {
  const path = route(request);
  if (path && !matchMedia("(prefers-reduced-motion: reduce)").matches) sendDot(dots, path, colour(request.model));
}

function showLive() {
  $("live").replaceChildren(...[...state.live.values()].slice(-12).map(r => {
    const steps = [element("span", { class: "chip" }, r.cluster ?? r.reason.replace("_", " ")), memberChip(r.model)];
    if (r.verdict) {
      steps.push(element("span", { class: r.verdict.accepted ? "chip good" : "chip bad" }, (r.verdict.accepted ? "✓ " : "✗ ") + verdictText(r.verdict)));
      if (r.verdict.escalates_to) steps.push(memberChip(r.verdict.escalates_to));
    }
    return element("li", {}, ...withArrows(steps));
  }));
}

function memberChip(name, note) {
  const dot = element("i", { class: "swatch" });
  dot.style.background = colour(name);
  return element("span", { class: "chip" }, dot, note ? `${name} (${note})` : name);
}

function verdictText(verdict) {
  const p = verdict.accept_probability === null ? "" : ` ${verdict.accept_probability.toFixed(2)}`;
  return (verdict.accepted ? "accepted" : "rejected") + p;
}

const withArrows = steps => steps.flatMap((s, i) => i === 0 ? [s] : [" → ", s]);

const METRICS = {
  tpot: { axis: "mean time per output token, ms", live: "tpot_ms", fitted: "cost_ms", unit: " ms" },
  e2el: { axis: "mean end-to-end latency, ms", live: "e2el_ms", fitted: "cost_ms", unit: " ms" },
  cost: { axis: "mean cost of a request", live: "cost", fitted: "cost", unit: "" },
};

function showPlot() {
  const policy = state.policy;
  if (!policy) {
    $("plot").replaceChildren(empty("No policy is loaded: every request goes to the strongest member. Measure the members on your own questions and fit one:", "cascade capture --help\ncascade fit --help"));
    return;
  }
  const metric = METRICS[policy.metric];
  const points = policy.models
    .map(m => ({ name: m.name, cost: m[metric.fitted], accuracy: m.accuracy, kind: "model", fill: colour(m.name) }))
    .concat({ name: "this policy", cost: policy[metric.fitted], accuracy: policy.accuracy, kind: "policy" })
    .filter(p => p.cost !== null);
  if (points.length > 0) $("plot").replaceChildren(scatter(points, liveMean(metric.live), metric, widthOf("plot")));
  else $("plot").replaceChildren(empty("The policy was fitted without costs."));
}

function showMembers() {
  $("members").replaceChildren(...state.members.map(m => {
    const passes = state.recent.flatMap(r => r.passes).filter(p => p.model === m.name && p.tpot_ms !== null);
    const rates = state.rates.get(m.name)?.values ?? [];
    const name = element("h3", {}, element("i", { class: "swatch" }), m.name);
    name.firstChild.style.background = colour(m.name);
    if (m.parameters) name.append(element("small", {}, `${short(m.parameters)} · ${m.quantization}`));
    if (m.state !== "ready") return element("article", {}, name, element("p", { class: "muted" }, m.reason ?? m.state));
    const used = m.kv_cells > 0 ? m.kv_cells_used / m.kv_cells : 0;
    const facts = [
      ["TPOT", `${short(mean(passes.map(p => p.tpot_ms)))} ms`], ["queue", short(m.waiting)], ["running", short(m.running)],
    ];
    // A member elsewhere tells neither of its engine's figures, but whether it is asked.
    if (m.circuit) facts.push(["circuit", m.circuit.replace("_", "-")]);
    else facts.push(["tokens/s", short(rates.at(-1) ?? 0)], ["KV", `${(100 * used).toFixed(0)} %`]);
    const meter = element("meter", { min: 0, max: 1, high: 0.9, value: used, "aria-label": "KV cells used" });
    const article = element("article", {}, name,
      element("dl", {}, ...facts.map(([k, v]) => element("div", {}, element("dt", {}, k), element("dd", {}, v)))));
    if (!m.circuit) article.append(meter);
    if (m.circuit && m.circuit !== "closed") article.append(element("p", { class: "bad" }, m.last_error ?? "it is left alone"));
    if (m.changed) article.append(element("p", { class: "muted" }, m.changed));
    if (rates.length > 1) article.append(sparkline(rates, colour(m.name)));
    return article;
  }));
}

function showRecent() {
  if (state.recent.length === 0) {
    $("recent").replaceChildren(empty("Requests will be listed here, without their text."));
    return;
  }
  const heads = ["time", "cluster", "path", "verdict", "TTFT ms", "TPOT ms", "E2EL ms", "tokens", "status"];
  const rows = state.recent.slice(-ROWS).reverse().map(r => {
    const path = element("td", {}, ...withArrows(r.path.map(step => memberChip(step.model, step.skipped))));
    const verdict = r.verdicts.map(verdictText).join(", ") || "–";
    const status = r.fallback ? `${r.status}, fallback: ${r.fallback}` : r.status;
    const numbers = [r.ttft_ms, r.tpot_ms, r.e2el_ms, r.tokens].map(v => element("td", { class: "number" }, short(v)));
    return element("tr", {}, element("td", {}, new Date(r.time).toLocaleTimeString()),
      element("td", {}, (r.cluster ?? r.reason.replace("_", " ")) + (r.novel ? ", novel" : "")), path, element("td", {}, verdict), ...numbers,
      element("td", { class: r.status === "ok" ? "" : "bad" }, status));
  });
  $("recent").replaceChildren(element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map(h => element("th", { scope: "col" }, h)))), element("tbody", {}, ...rows)));
}

function empty(text, command) {
  const box = element("div", { class: "empty" }, element("p", {}, text));
  if (command) box.append(element("pre", {}, command));
  return box;
}

function duration(seconds) {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

// ---- connection

function connect() {
  follow(event => handlers[event.type]?.(event), (status, wasWrong) => {
    $("key-form").hidden = status !== "key";
    $("content").hidden = status === "key";
    $("notice").hidden = status === "open" || (status === "key" && !wasWrong);
    $("notice").textContent = status === "key" ? "That key is not one of this server's." : "The connection is lost; trying again.";
    if (status !== "open") {
      $("state").textContent = status === "key" ? "locked" : "disconnected";
      $("state").dataset.state = "failed";
    }
  });
}

$("key-form").addEventListener("submit", event => {
  event.preventDefault();
  rememberKey($("key").value);
  $("key").value = "";
  connect();
});
addEventListener("resize", () => schedule(showRequests));
connect();
