// Pictures, drawn as SVG by hand.

const SVG = "http://www.w3.org/2000/svg";
const MOST_DOTS = 24;
const MOST_CLUSTERS = 12;
const DOT_MS = 1100;

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A short text for a number: three digits, no more. */
export function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  if (size > 0 && size < 0.1) return String(+value.toPrecision(2));
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
}

// Round numbers from low to high, four or five steps apart; the first and the last enclose both.
function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(m => m * power).find(s => s >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9), last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, i) => (first + i) * step);
}

// What a request's cluster is called: the rarest ones are one name together, which comes last.
function clusterNames(requests) {
  const counts = new Map();
  for (const r of requests) counts.set(clusterOf(r), (counts.get(clusterOf(r)) ?? 0) + 1);
  const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const folded = new Set(names.length > MOST_CLUSTERS ? names.slice(MOST_CLUSTERS - 1) : []);
  const others = `${folded.size} others`;
  return { others, of: r => folded.has(clusterOf(r)) ? others : clusterOf(r) };
}

const clusterOf = request => request.cluster ?? "not routed";

/**
 * The paths that requests took: cluster, first member, delivering member, in columns of boxes joined by ribbons.
 * @param requests those that ended; each with cluster, start and model
 * @param order member names, in the pool's order
 * @param width of the picture, in pixels
 * @returns the picture, and where the middle line of a request's path runs
 */
export function flow(requests, order, colour, width) {
  const box = 14, top = 26, gap = 16, margin = Math.min(130, width * 0.22);
  const clusters = clusterNames(requests);
  const columns = [
    { title: "cluster", x: margin, of: clusters.of },
    { title: "first member", x: (width - box) / 2, of: r => r.start },
    { title: "delivered by", x: width - box - margin, of: r => r.model },
  ];
  for (const column of columns) {
    column.names = [...new Set(requests.map(column.of))];
    column.names.sort((a, b) => (a === clusters.others) - (b === clusters.others)
      || order.indexOf(a) - order.indexOf(b) || a.localeCompare(b, undefined, { numeric: true }));
  }
  const most = Math.max(...columns.map(c => c.names.length));
  const height = Math.max(150, most * 44);
  const scale = (height - (most - 1) * gap) / requests.length;
  for (const column of columns) {
    const used = requests.length * scale + (column.names.length - 1) * gap;
    let y = top + (height - used) / 2;
    column.boxes = new Map();
    for (const name of column.names) {
      const count = requests.filter(r => column.of(r) === name).length;
      column.boxes.set(name, { y, height: count * scale, count, filledLeft: 0, filledRight: 0 });
      y += count * scale + gap;
    }
  }

  const picture = svg("svg", { viewBox: `0 0 ${width} ${height + top + 8}`, role: "img", "aria-label": "Flow of requests" });
  const ribbons = picture.appendChild(svg("g", { class: "ribbons" }));
  for (let i = 0; i + 1 < columns.length; i++) {
    const [from, to] = [columns[i], columns[i + 1]];
    for (const a of from.names) for (const b of to.names) {
      const count = requests.filter(r => from.of(r) === a && to.of(r) === b).length;
      if (count === 0) continue;
      const left = from.boxes.get(a), right = to.boxes.get(b), size = count * scale;
      const y1 = left.y + left.filledRight, y2 = right.y + right.filledLeft;
      left.filledRight += size;
      right.filledLeft += size;
      const x1 = from.x + box, x2 = to.x, mid = (x1 + x2) / 2;
      const escalated = i === 1 && a !== b;
      const ribbon = svg("path", {
        d: `M${x1} ${y1} C${mid} ${y1} ${mid} ${y2} ${x2} ${y2} V${y2 + size} C${mid} ${y2 + size} ${mid} ${y1 + size} ${x1} ${y1 + size} Z`,
        class: escalated ? "ribbon escalated" : "ribbon",
        fill: colour(i === 0 ? b : a),
      });
      ribbon.append(svg("title", {}, `${a} → ${b}: ${count}`));
      ribbons.append(ribbon);
    }
  }
  columns.forEach((column, i) => {
    picture.append(svg("text", { x: column.x + box / 2, y: 12, class: "column", "text-anchor": "middle" }, column.title));
    for (const [name, b] of column.boxes) {
      picture.append(svg("rect", { x: column.x, y: b.y, width: box, height: Math.max(2, b.height), rx: 3, fill: i === 0 ? "var(--ink-3)" : colour(name) }));
      const end = i === 0;
      const label = svg("text", { x: end ? column.x - 8 : column.x + box + 8, y: b.y + b.height / 2 + 4, "text-anchor": end ? "end" : "start", class: "label" }, name);
      label.append(svg("tspan", { class: "count", dx: 6 }, b.count));
      picture.append(label);
    }
  });

  /** The line along which a request's dot travels, or null where it takes a way not yet drawn. */
  const route = request => {
    const points = columns.map(c => c.boxes.get(c.of(request))).map((b, i) => b && [columns[i].x + box / 2, b.y + b.height / 2]);
    if (points.some(p => !p)) return null;
    const [[x1, y1], [x2, y2], [x3, y3]] = points;
    const m1 = (x1 + x2) / 2, m2 = (x2 + x3) / 2;
    return `M${x1} ${y1} C${m1} ${y1} ${m1} ${y2} ${x2} ${y2} C${m2} ${y2} ${m2} ${y3} ${x3} ${y3}`;
  };
  return { picture, route };
}

/** Lets a dot run along a path once, above the picture; not more than a few at a time. */
export function sendDot(layer, path, fill) {
  if (layer.childElementCount >= MOST_DOTS) return;
  const line = svg("path", { d: path });
  const length = line.getTotalLength();
  const dot = svg("circle", { r: 5, fill, class: "dot" });
  const begun = performance.now();
  const step = now => {
    const t = Math.min(1, Math.max(0, now - begun) / DOT_MS);
    const { x, y } = line.getPointAtLength(length * t * t * (3 - 2 * t));
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    if (t < 1) requestAnimationFrame(step);
    else dot.remove();
  };
  step(begun);
  layer.append(dot);
}

/**
 * Points of accuracy (0..1) over cost, and the live mean cost as a line.
 * @param points each {name, cost, accuracy, kind: "model" | "policy", fill}
 * @param live the mean; null draws none
 * @param metric what the axis says, and the unit behind a cost
 */
export function scatter(points, live, { axis, unit }, width) {
  const height = 300, left = 52, right = 20, top = 16, bottom = 44;
  const costs = [...points.map(p => p.cost), ...(live === null ? [] : [live])];
  const xTicks = ticks(0, Math.max(...costs) * 1.1);
  const accuracies = points.map(p => p.accuracy);
  const yTicks = ticks(Math.max(0, Math.min(...accuracies) - 0.02), Math.min(1, Math.max(...accuracies) + 0.02));
  const maxCost = xTicks.at(-1), low = yTicks[0], high = yTicks.at(-1);
  const x = cost => left + cost / maxCost * (width - left - right);
  const y = accuracy => top + (high - accuracy) / (high - low) * (height - top - bottom);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Accuracy against cost" });
  for (const cost of xTicks)
    picture.append(svg("text", { x: x(cost), y: height - bottom + 18, "text-anchor": "middle", class: "tick" }, String(+cost.toPrecision(6))));
  for (const accuracy of yTicks) {
    picture.append(svg("line", { x1: left, x2: width - right, y1: y(accuracy), y2: y(accuracy), class: "grid" }));
    picture.append(svg("text", { x: left - 8, y: y(accuracy) + 4, "text-anchor": "end", class: "tick" }, `${+(100 * accuracy).toPrecision(6)} %`));
  }
  picture.append(svg("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", class: "column" }, axis));
  if (live !== null) {
    picture.append(svg("line", { x1: x(live), x2: x(live), y1: top, y2: height - bottom, class: "live" }));
    picture.append(svg("text", { x: x(live) + 5, y: height - bottom - 6, class: "tick" }, `live ${short(live)}${unit}`));
  }
  for (const p of points) {
    const [cx, cy] = [x(p.cost), y(p.accuracy)];
    const mark = p.kind === "policy"
      ? svg("path", { d: `M${cx} ${cy - 9} l9 9 l-9 9 l-9 -9 Z`, class: "policy-mark" })
      : svg("circle", { cx, cy, r: 6, fill: p.fill, class: "model-mark" });
    mark.append(svg("title", {}, `${p.name}: ${(100 * p.accuracy).toFixed(1)} % at ${short(p.cost)}${unit}`));
    const nearRight = cx > width - 90;
    const place = p.kind === "policy"
      ? { x: cx, y: cy - 14, "text-anchor": "middle", class: "label strong" }
      : { x: nearRight ? cx - 12 : cx + 12, y: cy + 5, "text-anchor": nearRight ? "end" : "start", class: "label" };
    picture.append(mark, svg("text", place, p.name));
  }
  return picture;
}

/** A small curve of the last values, from zero up. */
export function sparkline(values, fill) {
  const width = 120, height = 28;
  const most = Math.max(...values, 1);
  const points = values.map((v, i) => `${(i / Math.max(1, values.length - 1) * width).toFixed(1)} ${(height - 2 - v / most * (height - 4)).toFixed(1)}`);
  const line = points.join(" L");
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("path", { d: `M${line} L${width} ${height} L0 ${height} Z`, fill, opacity: 0.15 }),
    svg("path", { d: `M${line}`, fill: "none", stroke: fill, "stroke-width": 1.5 }));
}
