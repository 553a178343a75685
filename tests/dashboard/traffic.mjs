// Questions of the kinds that the default tier answers.

const KINDS = [
  i => `What is ${10 + i} + ${7 + 3 * i}?`,
  i => `What is ${40 + i} - ${3 + i}?`,
  i => `What is ${2 + i % 9} times ${3 + i % 8}?`,
  i => `Tom has ${3 + i} apples and buys ${2 + i} more. How many apples does he have?`,
];

/** Sends `count` questions, some at a time; `model` names the member of each. */
export async function sendQuestions(origin, count, model, headers = {}, atOnce = 4) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const i = next++;
      const response = await fetch(`${origin}/v1/chat/completions`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify({ model: model(i), temperature: 0, max_tokens: 60, messages: [{ role: "user", content: KINDS[i % KINDS.length](i) }] }),
      });
      if (!response.ok) throw new Error(`question ${i}: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
