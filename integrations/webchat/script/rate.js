// How was it? Asked once, answered or put away for good.
const FACES = ["😞", "🙁", "😐", "🙂", "😍"];
const draw_rate = (element, { n, stars, open }) => {
  element.hidden = !open && !stars;
  if (!open) {
    element.textContent = stars ? `${FACES[stars - 1]} ${say.rate_thanks}` : "";
    return element;
  }
  if (element.firstChild) return element; // what is chosen already stays
  const faces = FACES.map((face, at) => make("label", {},
    make("input", { type: "radio", name: "stars", value: at + 1 }), make("i", { textContent: face, "aria-hidden": "true" }),
    make("span", { textContent: say["rate_" + (at + 1)] })));
  const word = make("input", { type: "text", maxLength: 500, placeholder: say.rate_word, "aria-label": say.rate_word, hidden: true });
  const send = make("button", { type: "submit", textContent: say.rate_send, hidden: true });
  const away = make("button", { type: "button", textContent: say.rate_no });
  const asked = make("form", { noValidate: true }, make("fieldset", {}, make("legend", { textContent: say.rate_ask }), ...faces),
    word, make("p", {}, send, away));
  const tell = (given) => {
    road.tell({ t: "rate", n, stars: given, word: word.value });
    writing.focus();
  };
  on(asked, "change", () => {
    word.hidden = send.hidden = false;
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  });
  on(asked, "submit", (event) => {
    event.preventDefault();
    tell(+new FormData(asked).get("stars"));
  });
  on(away, "click", () => tell(null));
  element.append(asked);
  return element;
};
