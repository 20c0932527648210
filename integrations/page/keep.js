// What the browser keeps: in its own storage, never in a cookie.
const memory = {};
const kept = (name, otherwise) => {
  try {
    memory[name] = JSON.parse(localStorage.getItem("gemba." + name)) ?? memory[name];
  } catch { /* a browser that keeps nothing: then for this page alone */ }
  return memory[name] ?? otherwise;
};
const keep = (name, value) => {
  memory[name] = value;
  try {
    if (value == null) localStorage.removeItem("gemba." + name);
    else localStorage.setItem("gemba." + name, JSON.stringify(value));
  } catch { /* as above */ }
};
const freshId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
