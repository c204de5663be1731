"use strict";
/* A row for each stage, under that of the input: its place in the graph, its state, its queues, its feature maps. */

const SVG = "http://www.w3.org/2000/svg";
const TRACK = 14, NODE = 20; // pixels from a track to the next, and from the top of a row to its node

function draw(parent, name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.appendChild(element);
  return element;
}

function make(parent, name, className = "", text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  parent.appendChild(element);
  return element;
}

const setClass = (element, name) => {
  if (element.getAttribute("class") !== name) element.setAttribute("class", name);
};
const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const by = (numbers) => numbers.join("\u202f\u00d7\u202f");

/* ---- the graph: an edge to the next row lies on track 0, others on the first track that is free ---------- */

const edges = stages.flatMap((stage) => stage.inputs.map((input, port) => ({
  from: 1 + run.stages.findIndex((each) => each.name === input.source), to: 1 + stage.number, port,
  queue: queues.findIndex((queue) => queue.target === stage.number && queue.port === port),
})));
edges.forEach((edge, at) => {
  const free = (track) => edges.slice(0, at).every((other) =>
    other.track !== track || other.to <= edge.from || other.from >= edge.to);
  edge.track = edge.to === edge.from + 1 && free(0) ? 0 : 1;
  while (!free(edge.track)) edge.track++;
});
const tracks = 1 + Math.max(0, ...edges.map((edge) => edge.track));
const trackAt = (track) => 12 + track * TRACK;

class GraphView {
  constructor(parent, row) {
    this.row = row;
    const svg = draw(parent, "svg", { class: "tracks", width: trackAt(tracks - 1) + 12, "aria-hidden": "true" });
    this.lines = edges.filter((edge) => edge.from <= row && row <= edge.to).map((edge) => {
      const x = trackAt(edge.track), at = draw(svg, "g", { class: "edge" });
      const line = (x1, y1, x2, y2) => draw(at, "line", { x1, y1, x2, y2 });
      const bend = row === edge.from ? NODE + 13 : NODE - 13;
      if (edge.track && (row === edge.from || row === edge.to)) {
        line(trackAt(0), NODE, trackAt(0), bend);
        line(trackAt(0), bend, x, bend);
      }
      if (row === edge.from) line(x, edge.track ? bend : NODE, x, "100%");
      else line(x, 0, x, row === edge.to ? (edge.track ? bend : NODE) : "100%");
      return { edge, at };
    });
    this.node = draw(svg, "circle", { cx: trackAt(0), cy: NODE, r: 7, class: "node" });
    this.given = draw(svg, "circle", { cx: trackAt(0), cy: NODE + 17, r: 3.5, class: "hidden" });
    this.taken = draw(svg, "circle", { cx: trackAt(0), cy: NODE - 14, r: 3.5, class: "hidden" });
  }

  show(state, name, gives, takes) {
    setClass(this.node, `node ${name}`);
    setClass(this.given, gives ? "beat leave" : "hidden");
    setClass(this.taken, takes ? "beat arrive" : "hidden");
    for (const { edge, at } of this.lines)
      setClass(at, edge.queue >= 0 && state.queues[edge.queue] ? "edge holds" : "edge");
  }
}

/* ---- feature maps: what has come of the frame at hand ---------------------------------------------------- */

const SIDE = 52; // of a picture of a map, at the most

/** Pictures of the frames of a map, each made when it is first looked at. */
class Film {
  constructor(map) {
    const [height, width, channels] = map.shape;
    this.single = height * width === 1;
    // The channels of a single pixel lie in rows.
    this.width = this.single ? Math.min(channels, Math.ceil(Math.sqrt(channels) * 1.6)) : width;
    this.size = this.single ? channels : height * width;
    this.height = Math.ceil(this.size / this.width);
    this.map = map;
    this.shades = bytesOf(map.shades);
    this.frames = new Map();
  }

  picture(frame) {
    const at = frame % (this.shades.length / this.size);
    if (!this.frames.has(at)) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [this.width, this.height];
      const context = canvas.getContext("2d"), image = context.createImageData(this.width, this.height);
      for (let cell = 0; cell < this.size; cell++) {
        const shade = this.shades[at * this.size + cell];
        image.data.set([mix(0, shade), mix(1, shade), mix(2, shade), 255], cell * 4);
      }
      context.putImageData(image, 0, 0);
      this.frames.set(at, canvas);
    }
    return this.frames.get(at);
  }

  /** Cells that so many beats of a frame of `map` have brought, which may have another shape than this one. */
  cells(map, beats) {
    const { groups, pixels, shape } = map, own = this.map.shape;
    if (pixels === 1) return Math.floor(beats * shape[2] / groups / (this.single ? 1 : own[2]));
    const row = Math.ceil(shape[1] / pixels), whole = Math.floor(beats / groups);
    return Math.floor(whole / row) * shape[1] + Math.min(shape[1], (whole % row) * pixels);
  }

  /** The cells of the beat before that: of a single pixel none. */
  newest(map, beats) {
    const end = this.cells(map, beats - 1), { x } = placeOf(map, beats - 1);
    const at = Math.min(this.size - 1, end);
    return { y: Math.floor(at / this.width), x: at % this.width, height: 1,
      width: map.pixels === 1 ? 1 : Math.min(map.pixels, map.shape[1] - x) };
  }
}

const style = getComputedStyle(document.documentElement);
const dark = matchMedia("(prefers-color-scheme: dark)");
const colour = (name) => style.getPropertyValue(`--${name}`).trim();
const channelOf = (name, at) => parseInt(colour(name).slice(1 + 2 * at, 3 + 2 * at), 16);
let low = [], high = [];
function readColours() {
  [low, high] = ["map-low", "map-high"].map((name) => [0, 1, 2].map((at) => channelOf(name, at)));
  films.forEach((film) => film.frames.clear());
}
const mix = (at, shade) => low[at] + (high[at] - low[at]) * shade / 255;

const films = new Map([["input", new Film(source)], ...stages.map((stage) => [stage.name, new Film(stage.output)])]);
readColours();

/** A canvas whose picture is sharp on any screen. */
function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}

class MapView {
  constructor(parent, film, label) {
    this.film = film;
    this.cell = Math.max(SIDE / Math.max(film.width, film.height), Math.min(4, SIDE / film.width));
    if (this.cell > 1) this.cell = Math.floor(this.cell);
    const figure = make(parent, "figure");
    this.canvas = make(figure, "canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.note = make(figure, "figcaption");
    this.context = sized(this.canvas, film.width * this.cell, film.height * this.cell);
  }

  /** The frame in which beat `beats - 1` lies, as far as it has come; `box`: pixels y, x, height, width in service. */
  show(map, beats, word, box) {
    const { film, cell, context } = this, last = Math.max(0, beats - 1);
    const frame = Math.floor(last / map.beats), inFrame = beats ? last % map.beats + 1 : 0;
    const cells = film.cells(map, inFrame), row = Math.floor(cells / film.width), rest = cells % film.width;
    context.imageSmoothingEnabled = cell < 1;
    context.fillStyle = colour("faint");
    context.fillRect(0, 0, film.width * cell, film.height * cell);
    const picture = film.picture(frame);
    const paint = (y, width, height) => {
      if (width && height) context.drawImage(picture, 0, y, width, height, 0, y * cell, width * cell, height * cell);
    };
    paint(0, film.width, row);
    paint(row, rest, 1);
    if (box && box.frame === frame) this.outline("read-line", box);
    if (!inFrame || inFrame === map.beats) return setText(this.note, inFrame ? `${word} all` : word);
    const newest = film.newest(map, inFrame);
    if (!film.single) this.outline(word === "in" ? "arrive" : "leave", newest);
    setText(this.note, `${word} ${film.single ? cells : `${newest.y},${newest.x}`}`);
  }

  outline(name, { y, x, height, width }) {
    const { cell, context } = this;
    context.strokeStyle = colour(name);
    context.lineWidth = 2;
    context.strokeRect(x * cell + 1, y * cell + 1, Math.max(2, width * cell - 2), Math.max(2, height * cell - 2));
  }
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

const words = { busy: "busy", blocked: "blocked by its output", waiting: "waits for input", done: "done",
  arriving: "a pixel arrives", held: "has to wait", paused: "pauses" };

class RowView {
  constructor(parent, row, title, what) {
    this.root = make(parent, "section", "row");
    this.graph = new GraphView(this.root, row);
    const card = make(this.root, "div", "card"), heading = make(card, "h2");
    make(heading, "span", "name", title);
    this.state = make(heading, "span", "state");
    make(card, "p", "what", what);
    this.frame = make(card, "p", "frame");
    this.queues = make(card, "ul", "queues");
    this.maps = make(this.root, "div", "maps");
    this.lane = make(this.root, "div", "lane");
    this.canvas = make(this.lane, "canvas");
    this.head = make(this.lane, "i", "head");
  }

  showState(name) {
    setText(this.state, words[name]);
    setClass(this.state, `state ${name}`);
  }
}

class SourceRow extends RowView {
  constructor(parent) {
    super(parent, 0, "input", by(run.input.shape));
    this.map = new MapView(this.maps, films.get("input"), "Input");
  }

  show(state) {
    const { arrived, moves, held } = state.source, all = run.frames * source.beats;
    const name = moves ? "arriving" : held ? "held" : arrived === all ? "done" : "paused";
    this.showState(name);
    this.graph.show(state, name, moves, false);
    this.map.show(source, arrived, "in", null);
    setText(this.frame, `frame ${Math.floor(Math.max(0, arrived - 1) / source.beats)} of ${run.frames}`);
  }
}

class StageRow extends RowView {
  constructor(parent, stage) {
    const shapes = stage.inputs.map((input) => by(input.shape)).join(" and ");
    const work = stage.multipliers ? `, ${stage.multipliers} multiplier${stage.multipliers > 1 ? "s" : ""}` : "";
    super(parent, 1 + stage.number, stage.name,
      `${stage.what}: ${shapes} \u2192 ${by(stage.output.shape)}${work}; ${number(stage.interval)} cycles a frame`);
    this.stage = stage;
    this.inputs = stage.inputs.map((input) => new MapView(this.maps, films.get(input.source), `Arrived from ${input.source}`));
    this.output = new MapView(this.maps, films.get(stage.name), `Results of ${stage.name}`);
    this.bars = queues.flatMap((queue, at) => {
      if (queue.target !== stage.number) return [];
      const item = make(this.queues, "li");
      make(item, "span", "", `queue from ${nameOf(queue.source)}`);
      const bar = make(item, "span", "bar"), fill = make(bar, "i");
      return [{ queue, at, fill, text: make(item, "span", "held") }];
    });
  }

  show(state) {
    const { stage } = this, now = state.stages[stage.number];
    this.showState(now.doing);
    this.graph.show(state, now.doing, now.gives, now.takes.some(Boolean));
    const box = this.box(now);
    this.inputs.forEach((view, port) => view.show(stage.inputs[port], now.arrived[port], "in", box));
    this.output.show(stage.output, now.sent, "out", null);
    const frame = (map, beats) => Math.floor(Math.max(0, beats - 1) / map.beats);
    const into = frame(stage.inputs[0], now.arrived[0]), out = frame(stage.output, now.sent);
    setText(this.frame, into === out ? `frame ${into}` : `frame ${into} comes, frame ${out} leaves`);
    for (const { queue, at, fill, text } of this.bars) {
      const beats = state.queues[at] / queue.write;
      fill.style.width = `${100 * state.queues[at] / queue.elements}%`;
      setClass(fill, queue.elements - state.queues[at] < queue.write ? "full" : "");
      setText(text, `${number(Math.floor(beats))} of ${number(queue.depth)}`);
    }
  }

  /** The pixels of the window whose result is next, where they are a rectangle that lies in the input. */
  box({ begun }) {
    const { stage } = this, { window: shape } = stage;
    const same = String(films.get(stage.inputs[0].source).map.shape) === String(stage.inputs[0].shape);
    if (!shape || !same || begun >= run.frames * stage.output.beats) return null;
    const { frame, y, x } = placeOf(stage.output, begun);
    const [height, width] = stage.inputs[0].shape;
    const side = (at, axis, most) => {
      const first = at * shape.stride[axis] - shape.before[axis];
      const end = first + (shape.kernel[axis] - 1) * shape.dilation[axis] + 1;
      return [Math.max(0, first), Math.min(most, end)];
    };
    const [top, bottom] = side(y, 0, height), [left, right] = side(x, 1, width);
    return top < bottom && left < right ? { frame, y: top, x: left, height: bottom - top, width: right - left } : null;
  }
}
