// Keeps a lobby's page live: whenever the server says that something changed, and at each of
// its beats, the page is asked for again, which also tells the server that we are here.

const live = document.getElementById("live");
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 20000;

function localize(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const time of root.querySelectorAll("time[data-local]")) {
    if (time.dataset.zone === zone) continue; // It stands there already.
    const moment = new Date(time.dateTime);
    const text = moment.toLocaleString([], { dateStyle: "full", timeStyle: "short" });
    time.textContent = `${text} (${zone})`;
    const box = time.closest("[hidden]");
    if (box?.dataset.class) box.className = box.dataset.class;
    box?.removeAttribute("hidden");
  }
}

function keepLive() {
  const page = location.pathname;
  let shown = live.innerHTML;
  let isBusy = false;
  let isStale = false;
  let pauseMs = FIRST_PAUSE_MS;

  function replace(next) {
    if (next.innerHTML === shown) return;
    if (next.dataset.title !== live.dataset.title) {
      live.dataset.title = next.dataset.title;
      document.title = `${next.dataset.title} · hirewire`;
      document.getElementById("said").textContent = next.dataset.title;
    }
    shown = next.innerHTML;
    const focused = document.activeElement?.id;
    live.replaceChildren(...next.childNodes);
    localize(live);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  async function look() {
    let answer;
    try {
      answer = await fetch(page, { cache: "no-store", redirect: "manual" });
    } catch {
      return; // Offline: the stream comes back by itself, and then we look again.
    }
    if (answer.status === 429 || answer.status >= 500) return;
    const text = answer.ok ? await answer.text() : "";
    const next = new DOMParser().parseFromString(text, "text/html").getElementById("live");
    if (next === null) location.reload();
    else replace(next);
  }

  async function refresh() {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      await look();
    }
    isBusy = false;
  }

  function listen() {
    const source = new EventSource(live.dataset.events);
    source.addEventListener("open", () => { pauseMs = FIRST_PAUSE_MS; refresh(); });
    source.addEventListener("changed", refresh);
    source.addEventListener("beat", refresh);
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => { refresh(); listen(); }, pauseMs * (0.8 + 0.4 * Math.random()));
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  }

  listen();
}

localize(document);
if (live) keepLive();
// A page that comes out of the browser's history has lost its stream.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
