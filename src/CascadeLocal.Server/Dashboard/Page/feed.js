// The connection to the server: its events, and the API key where one is asked for.

const KEY = "cascade-api-key";
const RETRY_MS = 2000;

/** Stores the key for this tab; it is gone when the tab is closed. */
export function rememberKey(key) {
  sessionStorage.setItem(KEY, key);
}

/**
 * Follows /dashboard/events for ever. EventSource cannot send a key, so the stream is read by hand.
 * @param onEvent called with every event
 * @param onStatus called with "open", "closed" or "key"; after "key" it ends until it is called again
 */
export async function follow(onEvent, onStatus) {
  for (;;) {
    try {
      const key = sessionStorage.getItem(KEY);
      const response = await fetch("/dashboard/events", {
        headers: key ? { Authorization: `Bearer ${key}` } : {},
        cache: "no-store",
      });
      if (response.status === 401) {
        sessionStorage.removeItem(KEY);
        onStatus("key", key !== null);
        return;
      }
      if (response.ok) {
        onStatus("open");
        await readEvents(response.body, onEvent);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // TypeError is how fetch says that the network failed
    }
    onStatus("closed");
    await new Promise(resolve => setTimeout(resolve, RETRY_MS));
  }
}

async function readEvents(body, onEvent) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      if (event.startsWith("data: ")) onEvent(JSON.parse(event.slice("data: ".length)));
    }
  }
}
