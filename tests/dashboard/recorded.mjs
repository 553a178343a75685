// What a server with a policy and a cascade tells the page: a state, then one request on its way from member to member.

const members = [
  ["nano", 557952, 1, 37], ["small", 2688768, 3, 512],
].map(([name, parameters, running, kv_cells_used]) => ({
  name, parameters, quantization: "Q8_0", state: "ready", file: "unchanged", waiting: 0, running,
  peak_decode_batch: 4, kv_cells_used, kv_cells: 4096, steps: 100, prefill_tokens: 10, cached_tokens: 5, output_tokens: 900, preemptions: 0,
}));

// A member elsewhere that is left alone for a while.
members.push({
  name: "far", state: "ready", waiting: 0, running: 0, circuit: "open", circuit_since: "2026-01-01T12:00:00Z", last_error: "'far' cannot be reached.",
});

function request(i) {
  const escalated = i % 4 === 0;
  const verdicts = [{ model: "nano", accepted: !escalated, early: false, accept_probability: escalated ? 0.21 : 0.94, escalates_to: escalated ? "small" : null }];
  if (i % 8 === 0) verdicts.push({ model: "small", accepted: true, early: false, accept_probability: 0.9, escalates_to: null });
  const path = [{ model: "nano", skipped: null }];
  if (escalated) path.push({ model: "far", skipped: "unavailable" }, { model: "small", skipped: null });
  const passes = [{ model: "nano", tokens: 12, tpot_ms: 1.1 }];
  if (escalated) passes.push({ model: "small", tokens: 14, tpot_ms: 3.2 });
  return {
    id: `chatcmpl-${i}`, time: new Date(Date.UTC(2026, 0, 1, 12, 0, i)).toISOString(), cluster: `${i % 16}`, start: "nano", reason: "cluster",
    model: escalated ? "small" : "nano", status: "ok", escalated, path, verdicts, accept_probability: verdicts.at(-1).accept_probability, target_probability: 0.97, fallback: null,
    ttft_ms: 8, tpot_ms: escalated ? 4.1 : 1.1, e2el_ms: 40, tokens: 12, passes,
  };
}

const waiting = { id: "chatcmpl-live", time: new Date(Date.UTC(2026, 0, 1, 12, 1)).toISOString(), cluster: "1", start: "nano", reason: "cluster", model: "nano" };

export const events = [
  {
    type: "state", state: "ready", uptime_s: 75, requests: 40, escalated: 10, failed: 0, novel: 1, members,
    policy: {
      version: "0123456789ab", metric: "tpot", accuracy: 0.93, cost_ms: 1.9,
      models: [{ name: "nano", accuracy: 0.71, cost_ms: 1.1 }, { name: "small", accuracy: 0.94, cost_ms: 3.2 }],
      clusters: [{ name: "0", share: 0.3, model: "nano" }, { name: "1", share: 0.4, model: "nano" }, { name: "2", share: 0.3, model: "nano" }],
    },
    live: [waiting], recent: Array.from({ length: 40 }, (_, i) => request(i)),
  },
  { type: "judged", id: waiting.id, verdict: { model: "nano", accepted: false, early: true, accept_probability: 0.18, escalates_to: "small" } },
  { type: "members", state: "ready", members },
];
