// Retakes docs/images/dashboard.png: serves with bin/cascade, sends questions, looks at the page while they run.
// Usage, from the repository's root: node tests/dashboard/picture.mjs [arguments of cascade serve]
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./browser.mjs";
import { sendQuestions } from "./traffic.mjs";

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
  const page = await (await browser.newContext({ viewport: { width: 1180, height: 900 }, deviceScaleFactor: 1.5 })).newPage();
  await page.goto(origin);
  await page.waitForSelector("#members article");
  const names = (await (await fetch(`${origin}/v1/models`)).json()).data.map(m => m.id);
  const questions = sendQuestions(origin, 240, i => i % 3 === 0 ? names[1 + i % (names.length - 1)] : names[0]);
  await page.waitForFunction(() => document.querySelectorAll("#recent tbody tr").length >= 30);
  await page.waitForTimeout(4000);
  await page.screenshot({ path: `${root}docs/images/dashboard.png` });
  await questions;
  await browser.close();
} finally {
  server.kill();
}
