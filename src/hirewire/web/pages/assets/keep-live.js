// What every live page does: it listens to its stream, asks for itself again when a hint comes,
// and puts what is different in the place of what stood there.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 20000;

// Returns what has the page at *address* asked for again: one request at a time, and one more
// for all the hints that come meanwhile. *show* gets the document that came; where it has no
// #live, the page is another one now, and is loaded anew. One that *waitsToBeSeen* asks for
// nothing while it is behind another tab.
export function refresher({ address, show, waitsToBeSeen = false }) {
  let isBusy = false;
  let isStale = false;

  async function look() {
    let text = "";
    try {
      const answer = await fetch(address, { cache: "no-store", redirect: "manual" });
      if (answer.status === 429 || answer.status >= 500) return;
      if (answer.ok) text = await answer.text();
    } catch {
      return; // Offline: the stream comes back by itself, and then we look again.
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    if (page.getElementById("live") === null) location.reload();
    else show(page);
  }

  async function refresh() {
    isStale = true;
    if (isBusy || (waitsToBeSeen && document.hidden)) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      await look();
    }
    isBusy = false;
  }

  if (waitsToBeSeen) {
    document.addEventListener("visibilitychange", () => { if (isStale) refresh(); });
  }
  return refresh;
}

// Listens to the stream at what *address* returns; *attach* says to what of it. EventSource
// comes back by itself, but gives up on a refusal: then another one is made after a pause.
export function listen({ address, refresh, attach }) {
  let pauseMs = FIRST_PAUSE_MS;

  function open() {
    const source = new EventSource(address());
    attach(source);
    source.addEventListener("open", () => { pauseMs = FIRST_PAUSE_MS; });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => { refresh(); open(); }, pauseMs * (0.8 + 0.4 * Math.random()));
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  }

  open();
}

// Puts what *next* holds in the place of what *region* held; the focus stays where it was.
export function put(region, next) {
  const focused = document.activeElement?.id;
  region.replaceChildren(...next.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// Gives the document the title that *next* has for it; says whether that is another one.
export function retitle(region, next) {
  const { title } = next.dataset;
  if (!title || title === region.dataset.title) return false;
  region.dataset.title = title;
  document.title = `${title} · hirewire`;
  return true;
}

// A page that comes out of the browser's history has lost its stream.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
