// The server: one request, one answer; or one request, steps, and an answer at the end.

export class Refused extends Error {
  constructor(message, field = "", each = []) {
    super(message);
    this.field = field;
    this.each = each.length ? each : [{ field, message }]; // all that is wrong
  }
}

async function send(path, body, signal) {
  let answer;
  try {
    answer = await fetch(path, body === undefined ? { signal } : {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer. Is `multipolar serve` still running?");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({ message: answer.statusText }));
  throw new Refused(said.message, said.field, said.each);
}

export const ask = (path, body) => send(path, body);
export const askJson = async (path, body) => (await send(path, body)).json();

// Asks what takes long; hears steps {step, done, total}; returns the answer. Aborting stops the work.
export async function askLong(path, body, signal, onStep) {
  const answer = await send(path, body, signal);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Refused("The server ended the answer half-way.");
    text += value;
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines.map((each) => JSON.parse(each))) {
      if (line.answer) return line.answer;
      if (line.refused) throw new Refused(line.refused.message, line.refused.field, line.refused.each);
      onStep(line);
    }
  }
}
