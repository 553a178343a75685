// Looks at a running server's dashboard in a real browser. Usage: node check.mjs ORIGIN API_KEY
import assert from "node:assert/strict";
import { openBrowser } from "./browser.mjs";
import { events } from "./recorded.mjs";
import { sendQuestions } from "./traffic.mjs";

const [origin, key] = process.argv.slice(2);
const browser = await openBrowser();
const complaints = [];

async function openPage(options = {}) {
  const page = await (await browser.newContext(options)).newPage();
  page.on("console", m => { if (m.type() === "error" && !m.text().includes("401")) complaints.push(m.text()); });
  page.on("pageerror", e => complaints.push(e.message));
  page.on("request", r => { if (!r.url().startsWith(origin) && !r.url().startsWith("data:")) complaints.push(`asks for ${r.url()}`); });
  return page;
}

async function unlock(page) {
  await page.goto(origin);
  await page.fill("#key", key);
  await page.click("#key-form button");
  await page.waitForSelector("#state[data-state=ready]");
}

const fits = page => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

try {
  // A wrong key is refused in words; the right one opens the page, and an idle server says what to do.
  const page = await openPage();
  await page.goto(origin);
  await page.fill("#key", "wrong");
  await page.click("#key-form button");
  await page.waitForFunction(() => document.getElementById("notice").textContent.includes("not one of this server's"));
  assert.equal(await page.isVisible("#content"), false);
  await unlock(page);
  assert.match(await page.textContent("#flow"), /curl .*chat\/completions/);
  assert.match(await page.textContent("#plot"), /cascade fit/);

  // Requests show up as they are answered, with the members' work, and never with their text.
  const names = await page.$$eval("#members h3", heads => heads.map(h => h.childNodes[1].textContent));
  assert.ok(names.length > 0);
  await sendQuestions(origin, 12, i => names[i % names.length], { Authorization: `Bearer ${key}` });
  await page.waitForFunction(() => document.querySelectorAll("#recent tbody tr").length === 12);
  await page.waitForSelector("#flow svg .ribbon");
  await page.waitForFunction(() => document.querySelectorAll(".dot").length === 0);
  await sendQuestions(origin, 1, () => names[0], { Authorization: `Bearer ${key}` });
  await page.waitForSelector(".dot[cx]");
  await page.waitForFunction(() => document.querySelector("#totals dd").textContent.startsWith("13"));
  assert.ok(!(await page.textContent("body")).includes("What is"));
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll("#recent tbody tr").length === 13);

  // A recorded cascade: verdicts, escalations, the policy's point; in both colour schemes and on a phone.
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of [{ width: 1180, height: 900 }, { width: 390, height: 844 }]) {
      const recorded = await openPage({ colorScheme, viewport });
      await recorded.route("**/dashboard/events", route => route.fulfill({
        contentType: "text/event-stream",
        body: events.map(e => `data: ${JSON.stringify(e)}\n\n`).join(""),
      }));
      await recorded.goto(origin);
      await recorded.waitForSelector("#live .chip.bad");
      assert.equal(await recorded.locator("#flow .ribbon.escalated").count(), 1);
      assert.deepEqual(await recorded.$$eval("#flow text[text-anchor=end]", labels => labels.map(l => l.firstChild.textContent)).then(names => [names.length, names.at(-1)]), [12, "5 others"]);
      assert.match(await recorded.textContent("#recent"), /nano → far \(unavailable\) → smallrejected 0\.21, accepted 0\.90/);
      assert.equal(await recorded.locator("#plot .model-mark").count(), 2);
      assert.equal(await recorded.locator("#plot .policy-mark").count(), 1);
      assert.match(await recorded.textContent("#totals"), /25\.0 %/);
      const far = recorded.locator("#members article", { hasText: "far" }).last();
      assert.match(await far.textContent(), /circuitopen.*cannot be reached/s);
      assert.equal(await far.locator("meter").count(), 0);
      assert.ok(await fits(recorded), `the page is wider than ${viewport.width}`);
      if (process.env.PICTURES) await recorded.screenshot({ path: `${process.env.PICTURES}/${colorScheme}-${viewport.width}.png`, fullPage: true });
    }
  }

  assert.deepEqual(complaints, []);
  console.log("the dashboard is fine");
} finally {
  await browser.close();
}
