"use strict";
/* One design, whole: its figures, where each comes from, and the commands that make it again. */

const card = document.getElementById("card");

function put(parent, name, text, attributes = {}) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.appendChild(element);
  return element;
}

/** Where a figure comes from. */
function source(name, row) {
  if (["lut", "ff", "bram", "dsp", "fmax_mhz"].includes(name)) return columns.area_from(row);
  if (["interval", "fps", "utilisation", "latency"].includes(name)) return timing(row);
  if (name.startsWith("buffer_") && has("buffer_from")) return columns.buffer_from(row);
  return "";
}

const SOURCES = {
  model: "from the exact model", simulated: "simulated, and equal to the model", synthesised: "from synthesis",
  bound: "a bound: the true figure is no better",
};
const APART = ["layer", "kernel", "stride", "multipliers", "timing_from", "buffer_from", "area_from", "target"];

/** `group`: the rows that share a mark; `row` is the first of them. */
function showCard(row, group = [row]) {
  card.replaceChildren();
  const head = put(card, "h2", `Stride ${columns.stride(row)}, ${countText(row)}`);
  put(head, "button", "×", { id: "close", type: "button", "aria-label": "Close" })
    .addEventListener("click", () => page.choose(null));
  const name = has("layer") && !["", "layer"].includes(columns.layer(row)) ? `${columns.layer(row)}: ` : "";
  put(card, "p", name + layerText(row));
  const list = put(card, "dl");
  for (const meaning of MEANING) {
    if (APART.includes(meaning.name) || !known(columns[meaning.name](row))) continue;
    put(list, "dt", meaning.title, meaning.help ? { title: meaning.help } : {});
    const says = put(list, "dd", shown(meaning, row));
    if (meaning.unit) says.append(` ${meaning.unit}`);
    const from = source(meaning.name, row);
    if (from) says.setAttribute("title", SOURCES[from] ?? from);
  }
  const told = [`timing ${SOURCES[timing(row)]}`];
  if (has("buffer_from") && columns.buffer_from(row) === "bound") told.push(`buffer ${SOURCES.bound}`);
  if (columns.synthesised(row)) told.push(`area from synthesis for ${columns.target(row)}`);
  put(card, "p", `Sources: ${told.join("; ")}.`);
  for (const [verb, command] of Object.entries(commands(row))) {
    const titles = { plan: "Others for this layer", simulate: "Simulate and check it", file: `Its layer, as ${fileOf(row)}` };
    const title = put(card, "h3", titles[verb]);
    put(title, "button", "Copy", { type: "button", class: "copy", "data-copies": `command-${verb}` });
    const code = put(card, "code", undefined, { id: `command-${verb}` });
    if (verb === "file") code.textContent = command;
    else command.split(/(?= --)/).forEach((flag, at) => {
      if (at) code.append(" ");
      put(code, "span", flag.trim());
    });
  }
  showDrawing(row);
  if (group.length > 1)
    put(card, "p", `${whole(group.length - 1)} more at this place: click the mark, and the table shows them all.`,
        { class: "more" });
}

/** The datapath of a design, if it is one of those that were drawn with the page: then the last one stays. */
function showDrawing(row) {
  const drawing = about.drawings[row];
  if (!drawing) return;
  document.getElementById("drawing-panel").hidden = false;
  document.getElementById("drawing").innerHTML = drawing; // our own, made with the page
  document.getElementById("drawing-note").textContent =
    `stride ${columns.stride(row)}, ${countText(row)}: the fewest that keep the pace`;
}

/** Clipboards are closed to some pages opened from a disk; a selected text can be copied by hand. */
async function copy(button) {
  const code = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}
document.addEventListener("click", (event) => {
  if (event.target.classList?.contains("copy")) copy(event.target);
});
