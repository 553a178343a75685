// Retakes docs/images/dashboard.png: serves with bin/cascade, sends questions, looks at the page while they run.
// Usage, from the repository's root: node tests/dashboard/picture.mjs [arguments of cascade serve]
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./browser.mjs";
import { sendQuestions } from "./traffic.mjs";

const TRAFFIC_MS = 12000;

const root = fileURLToPath(new URL("../../", import.meta.url));
const server = spawn(`${root}bin/cascade`, ["serve", "--port", "0", ...process.argv.slice(2)], { stdio: ["ignore", "pipe", "pipe"] });
try {
  const origin = await new Promise((resolve, reject) => {
    let log = "";
    const read = data => {
      log += data;
      const found = /Listening on (http:\/\/[^\s;]+)/.exec(log);
      if (found) resolve(found[1].replace(/\/$/, ""));
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.on("exit", code => reject(new Error(`cascade serve ended with ${code}:\n${log}`)));
  });
  while (!(await fetch(`${origin}/ready`)).ok) await new Promise(resolve => setTimeout(resolve, 200));

  const browser = await openBrowser();
  const page = await (await browser.newContext({ viewport: { width: 1180, height: 1250 }, deviceScaleFactor: 1.5 })).newPage();
  await page.goto(origin);
  await page.waitForSelector("#members article");
  const names = (await (await fetch(`${origin}/v1/models`)).json()).data.map(m => m.id);
  // Without a policy "cascade" is one member only; some questions name the others, so that all have something to do.
  const routed = (await (await fetch(`${origin}/dashboard/state`)).json()).policy !== null;
  const model = i => routed || i % 3 !== 0 ? names[0] : names[1 + i % (names.length - 1)];
  const end = Date.now() + TRAFFIC_MS;
  const traffic = (async () => {
    while (Date.now() < end) await sendQuestions(origin, 60, model);
  })();
  await page.waitForTimeout(TRAFFIC_MS - 2000);
  await page.screenshot({ path: `${root}docs/images/dashboard.png` });
  await traffic;
  await browser.close();
} finally {
  server.kill();
}
