// Talks to the gateway: events out, rankings and state in, streams that come back by themselves.

let key = sessionStorage.getItem("playhead-key") || "";
let asking = null;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function askForKey() {
  asking ??= new Promise((done) => {
    const dialog = document.getElementById("ask");
    const input = document.getElementById("key");
    dialog.addEventListener("close", () => {
      key = input.value;
      sessionStorage.setItem("playhead-key", key);
      asking = null;
      done();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

async function call(path, options = {}) {
  for (;;) {
    const headers = { ...options.headers, ...(key && { Authorization: `Bearer ${key}` }) };
    const answer = await fetch(path, { ...options, headers });
    if (answer.status !== 401) return answer;
    await askForKey();
  }
}

const profilePath = (id) => `/v1/profiles/${encodeURIComponent(id)}`;

export async function sendEvents(events) {
  for (let tries = 0; ; tries++) {
    const answer = await call("/v1/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(events),
    });
    // Sent again as they are: their ids make that harmless.
    if ((answer.status === 429 || answer.status === 503) && tries < 4) {
      await pause(1000 * Number(answer.headers.get("Retry-After") || 1));
      continue;
    }
    return answer.json();
  }
}

export async function profileState(id) {
  const answer = await call(profilePath(id));
  return answer.ok ? answer.json() : null;
}

export async function eraseProfile(id) {
  const answer = await call(profilePath(id), { method: "DELETE" });
  return answer.ok ? answer.json() : null;
}

export async function erasureReceipt(id) {
  const answer = await call(`${profilePath(id)}/erasure`);
  return answer.ok ? answer.json() : null;
}

const known = new Map();
const understood = new Map();

/** Titles by id, each asked for once. */
export async function titlesOf(ids) {
  const missing = [...new Set(ids)].filter((id) => !known.has(id));
  for (let at = 0; at < missing.length; at += 100) {
    const part = missing.slice(at, at + 100);
    const answer = await call(`/v1/titles?${part.map((id) => `id=${encodeURIComponent(id)}`).join("&")}`);
    if (!answer.ok) break;
    const { titles, tags } = await answer.json();
    for (const title of titles) known.set(title.title_id, title);
    for (const tag of tags) understood.set(tag.title_id, tag);
  }
  return known;
}

/** Tags and mood of a title. */
export const tagsOf = (id) => understood.get(id) || { tags: [], mood: {} };

export const titleOf = (id) => known.get(id) || { title_id: id, name: id };

export function rankingPath(profile) {
  const query = new URLSearchParams();
  if (profile.market) query.set("market", profile.market);
  if (profile.kind) query.set("kind", profile.kind);
  if (profile.language) query.set("language", profile.language);
  return `${profilePath(profile.id)}/ranking/stream?${query}`;
}

/** Follows a stream until `stop` is called; `hear(event, data)` for each message. Returns `stop`. */
export function follow(path, hear, state = () => {}) {
  const end = new AbortController();
  let last = "";
  const once = async () => {
    const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
    const answer = await call(path, { headers, signal: end.signal });
    if (!answer.ok) throw new Error(`the stream answers ${answer.status}`);
    state(true);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      for (let cut; (cut = text.indexOf("\n\n")) >= 0; text = text.slice(cut + 2)) {
        const fields = Object.fromEntries(
          text.slice(0, cut).split("\n").filter((line) => !line.startsWith(":")).map((line) => {
            const colon = line.indexOf(": ");
            return [line.slice(0, colon), line.slice(colon + 2)];
          }),
        );
        if (fields.id) last = fields.id;
        if (fields.data) hear(fields.event, JSON.parse(fields.data));
      }
    }
  };
  (async () => {
    for (let wait = 250; !end.signal.aborted; wait = Math.min(wait * 2, 5000)) {
      try {
        await once();
        wait = 250;
      } catch (error) {
        if (end.signal.aborted) return;
        console.info("the stream comes back soon:", error.message);
      }
      state(false);
      await pause(wait);
    }
  })();
  return () => end.abort();
}
