// The visitor of the site, when one asks that he writes by himself: the same keys and the same button, only faster.
const frame = document.querySelector("#site iframe");
const letterPause = 14;

export function chatOnSite() {
  return frame.contentDocument?.getElementById("gemba-chat")?.shadowRoot ?? null;
}

export function setClock(now) {
  frame.contentWindow.clockShift = now * 1000 - Date.now();
}

// The page may have come before the bot was there to give it the chat.
export function fetchChat() {
  const { contentDocument: page } = frame;
  if (page?.readyState === "complete" && !chatOnSite()) frame.contentWindow.location.reload();
}

async function type(field, text) {
  field.focus({ preventScroll: true });
  for (let end = 1; end <= text.length; end += 1) {
    field.value = text.slice(0, end);
    await new Promise((resolve) => { setTimeout(resolve, letterPause); });
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export async function write(text, visitorName) {
  const chat = chatOnSite();
  if (!chat) return;
  if (chat.getElementById("window").hidden) frame.contentWindow.gembaChat.open();
  const own = chat.getElementById("name");
  if (own.checkVisibility() && !own.value) await type(own, visitorName);
  await type(chat.getElementById("writing"), text);
  chat.querySelector(".send").click();
}

// Where one would write: the round button, or the line of the open chat; in the coordinates of this page.
export function whereToWrite() {
  const chat = chatOnSite();
  if (!chat || !frame.checkVisibility()) return null;
  const target = chat.getElementById("window").hidden ? chat.querySelector(".launch") : chat.querySelector("form");
  const [inside, outside] = [target.getBoundingClientRect(), frame.getBoundingClientRect()];
  return new DOMRect(outside.left + inside.left, outside.top + inside.top, inside.width, inside.height);
}
