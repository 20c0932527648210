// What is wrong is told at its field, in words that a screen reader finds too.
let number = 0;
const idOf = (element) => (element.id ||= `gemba-${++number}`);
const fieldsOf = (form, name) =>
  [...form.elements].filter((field) => field.name === name && field.type !== "hidden" && !field.disabled);
const noteOf = (field) => document.getElementById(field.dataset.gembaNote || "");

const clearError = (field) => {
  const note = noteOf(field);
  if (!note || !note.textContent) return;
  note.textContent = "";
  note.hidden = true;
  field.removeAttribute("aria-invalid");
};
const showError = (field, text) => {
  let note = noteOf(field);
  if (!note) {
    note = document.createElement("span");
    note.className = "gemba-error";
    note.style.cssText = "display:block;color:var(--gemba-error,#b3261e);font-size:.9em";
    field.dataset.gembaNote = idOf(note);
    const described = field.getAttribute("aria-describedby");
    field.setAttribute("aria-describedby", [described, note.id].filter(Boolean).join(" "));
    field.after(note);
  }
  note.textContent = text;
  note.hidden = false;
  field.setAttribute("aria-invalid", "true");
};
// Words about the whole form stand where the page has an <output>, or at its end.
const outputOf = (form) => {
  let output = form.querySelector("output");
  if (!output) {
    output = document.createElement("output");
    output.style.display = "block";
    form.append(output);
  }
  output.setAttribute("role", "status");
  output.setAttribute("aria-live", "polite");
  return output;
};
