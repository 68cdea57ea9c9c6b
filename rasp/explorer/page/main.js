// What is chosen, and how one chooses.

const state = { row: 0, position: Math.min(1, N_POSITIONS - 1), direction: null };
Object.assign(state, { variable: null, wire: null });

// Change what is chosen and show it; choosing a row, a direction, a variable or an edge leaves the
// others.
function choose(change) {
  if ("row" in change && !("direction" in change)) state.direction = null;
  if ("row" in change || "direction" in change || "variable" in change || "wire" in change) {
    state.variable = state.wire = null;
    if ("variable" in change || "wire" in change) state.direction = null;
  }
  Object.assign(state, change);
  show(["row", "direction", "variable", "wire"].some((what) => what in change));
}

function leaveDirection() {
  choose({ direction: null });
}

function show(fromTop) {
  const row = rows[state.row];
  const detail = document.getElementById("detail");
  const hadFocus = detail.contains(document.activeElement);
  let parts;
  if (state.direction !== null) parts = showDirection(state.direction);
  else if (state.variable !== null) parts = showVariable(state.variable);
  else if (state.wire !== null) parts = showWire(state.wire);
  else if (row.kind === "head") parts = showHead(row.part);
  else if (row.kind === "neurons") parts = showNeurons(row.part);
  else parts = row.kind === "output" ? showOutput() : showStep(row.step);
  detail.replaceChildren(...parts.flat(3).filter((part) => part !== null && part !== undefined));
  if (hadFocus) detail.focus({ preventScroll: true });
  if (fromTop && hadFocus) detail.scrollIntoView({ block: "nearest" });
  markMap();
  markWriting();
  markProgram();
  markCircuit();
  showControls(row);
  remember();
}

function showControls(row) {
  document.getElementById("step-name").textContent =
    row.kind === "output" ? "answer" : stepName(row.step);
  document.getElementById("position-name").textContent = positionName(state.position);
  document.getElementById("step-back").disabled = state.row === 0;
  document.getElementById("step-on").disabled = row.kind === "output";
  document.getElementById("position-back").disabled = state.position === 0;
  document.getElementById("position-on").disabled = state.position === N_POSITIONS - 1;
}

function moveRow(by) {
  const row = Math.min(rows.length - 1, Math.max(0, state.row + by));
  choose({ row });
  followInMap();
}

function moveStep(by) {
  const starts = rows
    .map((row, n) => n)
    .filter((n) => rows[n].kind === "step" || rows[n].kind === "output");
  const next =
    by > 0 ? starts.find((n) => n > state.row) : starts.filter((n) => n < state.row).pop();
  if (next === undefined) return;
  choose({ row: next });
  followInMap();
}

function movePosition(by) {
  const position = Math.min(N_POSITIONS - 1, Math.max(0, state.position + by));
  if (position !== state.position) choose({ position });
  followPosition();
}

// Keep the column of the chosen position where it can be seen.
function followPosition() {
  const { position } = state;
  const cell = document.querySelector(`#map thead [data-position="${position}"]`);
  const box = document.getElementById("map-table");
  const left = cell.offsetLeft - fit.label - cell.offsetWidth; // names stay on the left
  if (
    left < box.scrollLeft ||
    cell.offsetLeft + cell.offsetWidth > box.scrollLeft + box.clientWidth
  )
    box.scrollLeft = left;
}

// Keep the focus on the row that is chosen, if it is in the table of the model.
function followInMap() {
  const button = mapButton();
  const inMap = document.getElementById("map").contains(document.activeElement);
  if (inMap) button.focus();
  else button.scrollIntoView({ block: "nearest" });
}

function mapButton() {
  return document.querySelector(`#map tr[data-row-number="${state.row}"] button`);
}

const KEYS = {
  ArrowDown: () => moveRow(1),
  ArrowUp: () => moveRow(-1),
  ArrowRight: () => movePosition(1),
  ArrowLeft: () => movePosition(-1),
  j: () => moveStep(1),
  k: () => moveStep(-1),
  Home: () => moveRow(-rows.length),
  End: () => moveRow(rows.length),
  d: () => document.getElementById("detail").focus(),
  m: () => mapButton().focus(),
  n: () => moveWriting(1),
  p: () => moveWriting(-1),
  "?": () => document.getElementById("help").showModal(),
  Escape: () => {
    if (state.direction !== null || state.variable !== null || state.wire !== null)
      leaveDirection();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (document.getElementById("help").open || event.target.closest("select, input, textarea"))
    return;
  const isArrow = event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End";
  if (isArrow && event.target.closest("#source")) return; // it scrolls
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.getElementById("step-back").addEventListener("click", () => moveStep(-1));
document.getElementById("step-on").addEventListener("click", () => moveStep(1));
document.getElementById("position-back").addEventListener("click", () => movePosition(-1));
document.getElementById("position-on").addEventListener("click", () => movePosition(1));
document
  .getElementById("open-help")
  .addEventListener("click", () => document.getElementById("help").showModal());

// -- what is chosen, in the page's address: it can be linked to

// Not at every step of a key that is held down: browsers refuse too many changes of an address.
const REMEMBERED_AFTER = 150; // milliseconds
let remembering = 0;

function remember() {
  if (location.protocol === "about:") return; // a frame in a notebook has no address
  clearTimeout(remembering);
  remembering = setTimeout(writeAddress, REMEMBERED_AFTER);
}

function writeAddress() {
  const place = `#${rows[state.row].key}.${state.position}${state.direction === null ? "" : `.${state.direction}`}`;
  if (location.hash !== place) history.replaceState(null, "", place);
}

function recall() {
  const [key, position, direction] = location.hash.slice(1).split(".");
  const row = rows.findIndex((entry) => entry.key === key);
  if (row < 0) return false;
  const within = (text, end) =>
    /^\d+$/.test(text || "") && Number(text) < end ? Number(text) : null;
  state.row = row;
  state.position = within(position, N_POSITIONS) ?? state.position;
  state.direction = within(direction, data.directions.length);
  return true;
}

function begin() {
  document.title = `${data.name} \u2013 RASP explorer`;
  document.getElementById("name").textContent = data.name;
  const sublayers =
    data.steps
      .slice(1)
      .map((step) => step.kind[0])
      .join("") || "none";
  document.getElementById("facts").textContent = [
    plural(new Set(data.steps.slice(1).map((step) => step.block)).size, "layer"),
    plural(data.heads.length, "head"),
    `sublayers ${sublayers}`,
    plural(data.directions.length, "direction"),
    data.dtype,
  ].join(" \u00b7 ");
  document.getElementById("provenance").textContent =
    `Every number on this page is from one forward pass of the model, in ${data.dtype}, or from the weights it used; the selectors and the last row of the table are the interpreter's.`;
  document.getElementById("map-note").textContent =
    "Lines go from the keys that a position attends to, down to the position; those of the chosen position stand out.";
  if (!data.heads.length) document.getElementById("map-note").remove();
  document.body.classList.toggle("long", N_POSITIONS > 30);
  document.body.classList.toggle("many", N_POSITIONS > 9);
  drawFailures();
  fitMap();
  drawMap();
  drawWriting();
  drawProgram();
  if (!recall()) {
    state.row = firstPart();
    if (WRITING) state.position = FIRST_STEP;
  }
  show(false);
  followPosition();
}

// The first attention head, else the first neurons, else the answer.
function firstPart() {
  const of = (kind) => rows.findIndex((row) => row.kind === kind);
  return [of("head"), of("neurons"), of("output")].find((place) => place >= 0);
}

// A wider or narrower window has room for other columns.
window.addEventListener("resize", () => {
  if (!fitMap()) return;
  drawMap();
  markMap();
  followPosition();
});
window.addEventListener("hashchange", () => {
  if (recall()) show(true);
});
begin();
