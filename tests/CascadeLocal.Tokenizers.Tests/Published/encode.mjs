// encode.mjs FOLDER PACKAGE: reads a list of texts, writes the ids of each as the published tokenizer has them.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/texts.js");
const tokenizer = require("@lenml/tokenizer-" + process.argv[3]).fromPreTrained();
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map(text => tokenizer.encode(text, { add_special_tokens: false }))));
