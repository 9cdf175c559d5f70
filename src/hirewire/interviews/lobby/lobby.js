// Keeps a lobby's page live: whenever the server says that something changed, and at each of
// its beats, the page is asked for again, which also tells the server that we are here.

import { listen, put, refresher, retitle } from "./keep-live.js";

const HINTS = ["open", "changed", "beat"];

const live = document.getElementById("live");

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
  let shown = live.innerHTML;

  function show(page) {
    const next = page.getElementById("live");
    if (next.innerHTML === shown) return;
    shown = next.innerHTML;
    if (retitle(live, next)) document.getElementById("said").textContent = next.dataset.title;
    put(live, next);
    localize(live);
  }

  const refresh = refresher({ address: location.pathname, show });

  function attach(source) {
    for (const name of HINTS) source.addEventListener(name, refresh);
  }

  listen({ address: () => live.dataset.events, refresh, attach });
}

localize(document);
if (live) keepLive();
