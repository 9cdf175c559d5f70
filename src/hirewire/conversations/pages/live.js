// Keeps a page live: whenever its stream hints that something changed, the page is asked for
// again, and what stands in #live takes the place of what stood there. What somebody writes
// in a form stands elsewhere, and stays.

const live = document.getElementById("live");
const HINTS = ["message-update", "changed"];
const OTHERS = ["connection-metadata", "realtime-connection-config", "heartbeat", "reconnect"];
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 20000;

function keepLive() {
  let shown = live.innerHTML;
  let isBusy = false;
  let isStale = false;
  let lastId = "";
  let pauseMs = FIRST_PAUSE_MS;

  function replace(next) {
    if (next.innerHTML === shown) return;
    if (next.dataset.title && next.dataset.title !== live.dataset.title) {
      live.dataset.title = next.dataset.title;
      document.title = `${next.dataset.title} · hirewire`;
    }
    const end = document.scrollingElement;
    const wasAtEnd = end.scrollHeight - end.scrollTop - end.clientHeight < 120;
    const before = live.dataset.newest;
    shown = next.innerHTML;
    live.dataset.newest = next.dataset.newest ?? "";
    const focused = document.activeElement?.id;
    live.replaceChildren(...next.childNodes);
    localize(live);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    if (live.dataset.newest === before) return;
    if (wasAtEnd && live.dataset.newest) end.scrollTop = end.scrollHeight;
    const said = document.getElementById("said");
    if (said && live.dataset.news) said.textContent = live.dataset.news;
  }

  async function look() {
    let answer;
    try {
      answer = await fetch(location.href, { cache: "no-store", redirect: "manual" });
    } catch {
      return; // Offline: the stream comes back by itself, and then we look again.
    }
    if (answer.status === 429 || answer.status >= 500) return;
    const text = answer.ok ? await answer.text() : "";
    const next = new DOMParser().parseFromString(text, "text/html").getElementById("live");
    if (next === null) location.reload();
    else replace(next);
  }

  // To look is to read: nothing is marked as read behind another tab.
  async function refresh() {
    isStale = true;
    if (isBusy || document.hidden) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      await look();
    }
    isBusy = false;
  }

  function listen() {
    const url = new URL(live.dataset.events, location.href);
    if (lastId) url.searchParams.set("lastEventId", lastId);
    const source = new EventSource(url);
    const remember = (event) => { lastId = event.lastEventId || lastId; };
    for (const name of [...HINTS, ...OTHERS]) source.addEventListener(name, remember);
    for (const name of HINTS) source.addEventListener(name, refresh);
    source.addEventListener("open", () => { pauseMs = FIRST_PAUSE_MS; });
    // Who missed nothing need not look; the first time, and after a gap, one has to.
    source.addEventListener("connection-metadata", (event) => {
      const verdict = JSON.parse(event.data);
      if (!verdict.recovered) refresh();
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => { refresh(); listen(); }, pauseMs * (0.8 + 0.4 * Math.random()));
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  }

  document.addEventListener("visibilitychange", () => { if (isStale) refresh(); });
  listen();
}

function localize(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone === "UTC") return;
  for (const time of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    time.textContent = moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    time.title = zone;
  }
}

function sendOnce() {
  for (const form of document.querySelectorAll("form[data-chat]")) {
    const text = form.querySelector("textarea");
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      form.requestSubmit();
    });
  }
}

localize(document);
sendOnce();
if (live?.dataset.events) {
  keepLive();
  if (live.dataset.newest && !location.hash && !location.search) {
    document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
  }
}
// A page that comes out of the browser's history has lost its stream.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
