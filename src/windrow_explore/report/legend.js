"use strict";
/* Legends in the page's own text, above the plots: they wrap on a phone and print like everything else. */

const SVG = "http://www.w3.org/2000/svg";
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "cross", "star"];

// On a field of 14 by 14, as the plots draw them.
const SHAPES = {
  "circle": "M7 3a4 4 0 1 0 .01 0z",
  "square": "M3.4 3.4h7.2v7.2H3.4z",
  "diamond": "M7 1.8 12.2 7 7 12.2 1.8 7z",
  "triangle-up": "M7 2.4 11.8 10.6H2.2z",
  "cross": "M5.5 2.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
  "star": "M7 1.8l1.5 3.4 3.7.4-2.8 2.5.8 3.7L7 9.9l-3.2 1.9.8-3.7L1.8 5.6l3.7-.4z",
};

/** `entries`: `{text, colour, symbol}` for marks, with `line: true` for lines through them, `dash: true` for
    a line without marks, `tick: true` for a short one. */
function drawLegend(element, entries, title = "") {
  const list = element.previousElementSibling;
  list.replaceChildren();
  if (title) put(list, "li", title, { class: "title" });
  for (const { text, colour, symbol, line, dash, tick } of entries) {
    const item = put(list, "li");
    const wide = line || dash;
    const svg = item.appendChild(document.createElementNS(SVG, "svg"));
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${wide ? 24 : 14} 14`, "aria-hidden": "true" }))
      svg.setAttribute(name, value);
    svg.style.width = wide ? "24px" : "14px";
    const stroke = (d, dashes) => {
      const path = svg.appendChild(document.createElementNS(SVG, "path"));
      path.setAttribute("d", d);
      path.style.cssText = `stroke: ${colour}; stroke-width: 2; ${dashes ? "stroke-dasharray: 5 3;" : ""}`;
    };
    if (wide) stroke("M0 7h24", dash);
    if (tick) stroke("M1 7h12");
    if (symbol) {
      const path = svg.appendChild(document.createElementNS(SVG, "path"));
      path.setAttribute("d", SHAPES[symbol]);
      path.style.fill = colour;
      if (line) path.setAttribute("transform", "translate(5 0)");
    }
    item.append(text);
  }
}
