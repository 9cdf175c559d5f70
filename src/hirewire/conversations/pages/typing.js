// Shows on a page of a thread who types elsewhere, and tells the server when somebody does here.
// What keeps the page live says on the document what came: "typing", and "shown" when the page
// has what is new.

// A little more than the three seconds within which the server passes nothing on.
const TOLD_EVERY_MS = 3500;
const MOST_NAMED = 3;

const line = document.getElementById("typists");
const typists = new Map();
const seen = new Set(bubbles().map((bubble) => bubble.id));
const list = new Intl.ListFormat("en", { type: "conjunction" });

function bubbles() {
  return [...document.querySelectorAll("#live .bubble")];
}

function key(isOurs, name) {
  return `${isOurs} ${name}`;
}

function hear({ detail: { sender, participantId, expiresInMs } }) {
  if (participantId && participantId === line.dataset.me) return;
  const who = key(sender.side === line.dataset.side, sender.name);
  clearTimeout(typists.get(who)?.timer);
  typists.set(who, { name: sender.name, timer: setTimeout(forget, expiresInMs, who) });
  say();
}

function forget(who) {
  clearTimeout(typists.get(who)?.timer);
  if (typists.delete(who)) say();
}

// Who has sent what they wrote does not type any more.
function look() {
  for (const bubble of bubbles()) {
    if (seen.has(bubble.id)) continue;
    seen.add(bubble.id);
    const name = bubble.querySelector(".bubble__who").textContent;
    forget(key(bubble.classList.contains("bubble--ours"), name));
  }
}

// The same words are left alone, so that they are read out once.
function say() {
  const names = [...typists.values()].map(({ name }) => name);
  const end = names.length === 1 ? " is typing…" : " are typing…";
  const whole = names.length > MOST_NAMED ? ["Several people"] : list.formatToParts(names).map(isolated);
  const next = document.createElement("p");
  if (names.length) next.append(...whole, end);
  if (next.innerHTML !== line.innerHTML) line.replaceChildren(...next.childNodes);
}

function isolated({ type, value }) {
  if (type !== "element") return value;
  const name = document.createElement("bdi");
  name.textContent = value;
  return name;
}

function tellOf(form) {
  const text = form.querySelector("textarea");
  const body = new URLSearchParams({ csrf: form.elements.namedItem("csrf").value });
  let toldAt = -Infinity;
  let isSent = false;
  text.addEventListener("input", () => {
    const now = performance.now();
    if (isSent || text.value.trim() === "" || now - toldAt < TOLD_EVERY_MS) return;
    toldAt = now;
    fetch(form.dataset.typing, { method: "POST", body, redirect: "manual" }).catch(() => {});
  });
  form.addEventListener("submit", () => { isSent = true; });
}

if (line) {
  document.addEventListener("typing", hear);
  document.addEventListener("shown", look);
}
for (const form of document.querySelectorAll("form[data-typing]")) tellOf(form);
