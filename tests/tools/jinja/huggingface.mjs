// Answers lines {"template": ..., "variables": {...}} with @huggingface/jinja, as TemplateRenderer does.
// Run from a folder where `npm install @huggingface/jinja` was done, or name that folder as the first argument.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(resolve(process.argv[2] ?? ".", "x.js"));
const { Template } = require("@huggingface/jinja");

for await (const line of createInterface({ input: process.stdin })) {
  const { template, variables } = JSON.parse(line);
  let compiled;
  let answer;
  try {
    compiled = new Template(template);
    try {
      answer = { text: compiled.render(variables) };
    } catch (e) {
      // Its raise_exception throws a plain Error: only the message tells.
      answer = { kind: "Failed", error: e.message };
    }
  } catch (e) {
    answer = { kind: "Syntax", error: e.message };
  }
  console.log(JSON.stringify(answer));
}
