// Keeps a page live: whenever its stream hints that something changed, the page is asked for
// again, and what stands in #live, and in whatever else is marked data-live, takes the place of
// what stood there. What somebody writes in a form stands elsewhere, and stays.

import { listen, put, refresher, retitle } from "./keep-live.js";

const HINTS = ["message-update", "changed"];
const OTHERS = ["connection-metadata", "realtime-connection-config", "heartbeat", "reconnect"];

const live = document.getElementById("live");
const regions = live ? [live, ...document.querySelectorAll("[data-live]")] : [];
const write = document.getElementById("write");
const shown = new Map(regions.map((region) => [region, region.innerHTML]));

function show(page) {
  for (const region of regions) {
    const next = page.getElementById(region.id);
    if (next !== null && next.innerHTML !== shown.get(region)) replace(region, next);
  }
  document.dispatchEvent(new Event("shown"));
}

function replace(region, next) {
  const newest = region.dataset.newest;
  const wasAtEnd = newest !== undefined && isAtEnd();
  shown.set(region, next.innerHTML);
  retitle(region, next);
  keepChoices(region, next);
  put(region, next);
  localize(region);
  if (newest !== undefined) {
    region.dataset.newest = next.dataset.newest ?? "";
    if (region.dataset.newest === newest) return;
    if (wasAtEnd && region.dataset.newest) goToEnd();
  }
  const said = document.getElementById("said");
  if (said && region.dataset.news) said.textContent = region.dataset.news;
}

// The thread ends with the form below it; on a small screen the page goes on for long after that.
function isAtEnd() {
  const { top, bottom } = write.getBoundingClientRect();
  return top >= 0 && bottom < innerHeight + 120;
}

function goToEnd() {
  write.scrollIntoView({ block: "nearest" });
}

// What was chosen stays chosen. What cannot be chosen any more gives way to nothing, so that
// nobody sends what they did not choose.
function keepChoices(region, next) {
  for (const before of region.querySelectorAll("select[id], input[type=checkbox][id]")) {
    const after = next.querySelector(`#${CSS.escape(before.id)}`);
    if (after === null) continue;
    if (before.type === "checkbox") after.checked = before.checked;
    else after.value = before.value;
  }
}

function keepLive() {
  let lastId = "";
  // To look is to read: nothing is marked as read behind another tab.
  const refresh = refresher({ address: location.href, show, waitsToBeSeen: true });

  function address() {
    const url = new URL(live.dataset.events, location.href);
    if (lastId) url.searchParams.set("lastEventId", lastId);
    return url;
  }

  // That somebody types is shown by itself: nothing on the page is another for it.
  function hear(event) {
    const update = event.type === "message-update" ? JSON.parse(event.data) : {};
    if (update.eventType !== "typing") refresh();
    else document.dispatchEvent(new CustomEvent("typing", { detail: JSON.parse(update.payload) }));
  }

  function attach(source) {
    const remember = (event) => { lastId = event.lastEventId || lastId; };
    for (const name of [...HINTS, ...OTHERS]) source.addEventListener(name, remember);
    for (const name of HINTS) source.addEventListener(name, hear);
    // Who missed nothing need not look; the first time, and after a gap, one has to.
    source.addEventListener("connection-metadata", (event) => {
      const verdict = JSON.parse(event.data);
      if (!verdict.recovered) refresh();
    });
  }

  listen({ address, refresh, attach });
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
  if (live.dataset.newest && !location.hash && !location.search) goToEnd();
}
