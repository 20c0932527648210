// The demo: the site on the left, people's Telegram on the right, a tour above, and buttons that make things happen.
import { call, follow } from "/page/line.js";
import { element } from "/page/words.js";
import { Seats } from "./seats.js";
import { Tour } from "./tour.js";
import { fetchChat, setClock } from "./visitor.js";
import { facts, words } from "./words.js";

const lookEvery = 500;
const told = document.getElementById("told");
const happen = document.getElementById("happen");
const narrow = matchMedia("(max-width: 820px)");
const { chats, people } = facts;

document.getElementById("about").textContent = words.about;
document.querySelector("#site .bar span").textContent = words.address;
document.querySelector("#site iframe").title = words.siteTitle;
document.getElementById("site").ariaLabel = words.siteTitle;
happen.querySelector("summary").textContent = words.try;

const seats = new Seats();
const tour = new Tour(seats);
let shown = "";

// Where there is something to see.
const lookAt = {
  crowd: () => seats.show("anna", chats.sales, null),
  morning: () => { seats.show("anna", chats.sales, null); seats.show("marketer", chats.marketing); seats.show("manager", chats.managers); },
  down: () => seats.show("anna", chats.sales, null),
  kill: () => seats.show("anna", chats.sales, null),
};

for (const [name, label] of Object.entries(words.buttons)) {
  const button = element("button", "", label);
  button.type = "button";
  button.dataset.trouble = name;
  button.disabled = true;
  button.onclick = async () => {
    happen.open = !narrow.matches;
    const answer = await fetch(`/demo/trouble/${name}`, { method: "POST" });
    if (answer.ok) lookAt[name]();
    await look();
  };
  happen.lastElementChild.append(button);
}
const unfold = () => { happen.open = !narrow.matches; };
narrow.addEventListener("change", unfold);
unfold();

// The visitor goes on in Telegram: by his link the customer opens the bot there.
addEventListener("message", async ({ origin, data }) => {
  const start = origin === location.origin && /[?]start=([\w-]+)$/.exec(data?.link);
  if (!start) return;
  await call("start", { person: people.customer, payload: start[1] });
  seats.show("customer", people.customer);
});

function say(text, look = "", act = null) {
  const view = `${look}${text}${act !== null}`;
  if (view === shown) return;
  shown = view;
  told.hidden = !text;
  told.className = look;
  told.textContent = text;
  if (act) told.append(act);
}

function backNow() {
  const button = element("button", "", words.backNow);
  button.type = "button";
  button.onclick = () => fetch("/demo/trouble/end", { method: "POST" });
  return button;
}

function tell({ begun, ready, away, trouble }) {
  if (!begun) return say(words.starting(Math.floor(away)), "going");
  if (!trouble) return say(ready ? "" : words.gone(Math.floor(away)), "going");
  if (trouble.failed) return say(`${words.failed} ${trouble.failed}`, "bad");
  const isDown = trouble.name === "down" && !trouble.done && trouble.left > 0 && !trouble.arrived;
  return say(words.told[trouble.name](trouble, facts.crowd), trouble.done ? "good" : "going", isDown ? backNow() : null);
}

async function look() {
  try {
    const state = await (await fetch("/demo/state")).json();
    const busy = !state.begun || (state.trouble && !state.trouble.done);
    for (const button of happen.querySelectorAll("button")) button.disabled = busy;
    setClock(state.now);
    if (state.ready) fetchChat();
    tell(state);
    tour.hear(state);
  } catch {
    say(words.lost, "bad");
  }
}

await seats.begin();
follow(() => seats.refresh());
for (;;) {
  await look();
  await new Promise((resolve) => { setTimeout(resolve, lookEvery); });
}
