// A real Chromium that is on the machine already: $CHROMIUM, or one of the names it is installed under.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Opens the browser, or ends the process with 77, the usual word for "skipped". */
export async function openBrowser() {
  const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync);
  if (!executablePath) {
    console.log("skipped: no Chromium; install Debian's package chromium, or name one in CHROMIUM");
    process.exit(77);
  }
  // As root, and in containers, Chromium has no sandbox to start; the only page opened is our own.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
