// The two roads to the server: a socket, and requests where it does not come through.
const road = (() => {
  let socket = null, polling = null, wanted = false, failures = 0, deaf = 0, timer = 0, beat = 0, alive = false;

  /* Whose window is kept here is not known before the site has been believed. */
  const hello = () => ({ t: "hello", token: identity && !self && isOurs() ? null : kept("token", null), after: last, lang: language,
    ...(identity && { identity }) });
  const state = (isUp) => {
    alive = isUp;
    notice.hidden = isUp || !failures;
    notice.textContent = notice.hidden ? "" : say.offline;
    if (isUp) failures = deaf = 0;
  };
  const again = () => {
    clearTimeout(timer);
    clearInterval(beat);
    failures += 1;
    state(false);
    timer = setTimeout(go, Math.min(30000, 500 * 2 ** Math.min(failures, 6)) * (0.7 + Math.random() * 0.6));
  };
  const stranger = () => {
    /* The server does not know us any more: begin anew, and say again what it has not taken. */
    keep("token", null);
    keep("read", 0);
    clear();
    [...pending(), ...unsaid].forEach((message) => put({ ...message, who: "you" }));
  };

  const dial = () => {
    const line = new WebSocket(server.replace(/^http/, "ws") + "/chat/socket");
    let heard = Date.now();
    socket = line;
    line.onopen = () => line.send(JSON.stringify(hello()));
    line.onmessage = ({ data: text }) => {
      heard = Date.now();
      const frame = JSON.parse(text);
      answered(frame);
      if (frame.t === "hello") {
        state(true);
        flush();
        clearInterval(beat);
        beat = setInterval(() => {
          if (Date.now() - heard > 45000) line.close();
          else line.send('{"t":"ping"}');
        }, 20000);
      }
    };
    line.onclose = ({ code }) => {
      if (socket !== line) return;
      socket = null;
      if (code === 4401) stranger();
      if (!alive) deaf += 1;
      again();
    };
  };

  const post = async (path, body, signal) => {
    const response = await fetch(server + path, { method: "POST", body: JSON.stringify(body), signal });
    if (response.status === 401) stranger();
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  };
  const poll = async () => {
    polling = new AbortController();
    const { signal } = polling;
    try {
      answered(await post("/chat/poll", hello(), signal));
      state(true);
      flush();
      for (let turn = 0; turn < 8; turn += 1) answered(await post("/chat/poll", { ...hello(), wait: true }, signal));
      polling = null;
      deaf = 1; // perhaps sockets come through by now
      go();
    } catch {
      polling = null;
      again();
    }
  };

  const flush = async () => {
    go();
    if (!alive) return;
    for (const message of pending()) {
      const frame = { t: "say", ...message };
      if (socket) socket.send(JSON.stringify(frame));
      else {
        try {
          answered(await post("/chat/send", { ...frame, token: kept("token", null), ...(identity && { identity }) }));
        } catch {
          return;
        }
      }
    }
  };
  const go = () => {
    if (!wanted || socket || polling) return;
    clearTimeout(timer);
    "WebSocket" in window && deaf < 2 ? dial() : poll();
  };
  const hurry = () => {
    if (!alive && wanted) {
      clearTimeout(timer);
      go();
    }
  };
  const anew = () => {
    const line = socket;
    socket = null;
    alive = false;
    line?.close();
    polling?.abort();
    clearInterval(beat);
  };
  addEventListener("online", hurry);
  addEventListener("offline", () => wanted && (anew(), again())); // said at once; a dead line would be noticed much later
  addEventListener("pagehide", anew); // a page that holds no line can be come back to as it was
  addEventListener("pageshow", hurry);
  addEventListener("storage", ({ key }) => {
    const theirs = kept("token", "").split(".")[1];
    if (key !== "gemba.token" || !visitor || !theirs || theirs === visitor) return;
    clear(); // another tab has begun anew: this one follows
    anew();
    hurry();
  });
  on(document, "visibilitychange", () => (document.hidden || hurry(), read()));
  const tell = (frame) => {
    if (socket && alive) socket.send(JSON.stringify(frame));
    else if (alive) post("/chat/send", { ...frame, token: kept("token", null) }).then(answered, () => {});
  };
  return { flush, tell, anew: () => (anew(), hurry()), want: () => ((wanted = true), go()) };
})();
