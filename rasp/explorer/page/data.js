// The data of the page: arrays unpacked, labels by step, numbers as text.

const data = JSON.parse(document.getElementById("data").textContent);

// {s: [rows, columns], v} or with gaps {i} -> an array that is asked for (row, column).
function unpack(packed, before) {
  const [rows, columns] = packed.s;
  let numbers;
  if (packed.i) {
    numbers = before ? before.numbers.slice() : new Array(rows * columns).fill(0);
    let place = 0;
    packed.i.forEach((gap, n) => {
      place += gap;
      numbers[place] = Number(packed.v[n]);
    });
  } else {
    numbers = packed.v.map(Number);
  }
  return {
    rows,
    columns,
    numbers,
    at: (row, column) => numbers[row * columns + column],
    row: (row) => numbers.slice(row * columns, (row + 1) * columns),
  };
}

const ARRAYS = new Set([
  "bias",
  "scoring",
  "scores",
  "pattern",
  "W_V",
  "b_V",
  "values",
  "z",
  "W_O",
  "written",
  "W_in",
  "b_in",
  "pre",
  "post",
  "W_out",
  "W_U",
  "b_U",
  "numbers",
  "matrix",
]);

function unpackAll(part) {
  for (const [name, value] of Object.entries(part)) {
    if (ARRAYS.has(name) && value) part[name] = unpack(value);
  }
}

{
  let before = null;
  for (const step of data.steps) {
    step.residual = unpack(step.residual, before);
    before = step.residual;
    unpackAll(step);
  }
  for (const part of [...data.heads, ...data.neurons, data.output]) unpackAll(part);
  for (const head of data.heads) {
    head.selections.forEach(unpackAll);
    if (head.by_value) unpackAll(head.by_value);
  }
}

const N_POSITIONS = data.ids.length;
const positions = Array.from({ length: N_POSITIONS }, (_, place) => place);
const BOS_DIRECTION = data.directions.findIndex(
  (direction) => direction.labels[0] === "beginning of sequence",
);

function tokenAt(position) {
  return position === 0 ? "BOS" : data.tokens[position - 1];
}

function positionName(position) {
  return position === 0 ? "BOS" : `${data.token_names[position - 1]} at ${position - 1}`;
}

// How many directions have had a label: those that share one are told apart by their numbers.
const LABEL_COUNTS = new Map();
data.directions.forEach(({ labels }) =>
  labels.forEach((label) => {
    LABEL_COUNTS.set(label, (LABEL_COUNTS.get(label) || 0) + 1);
  }),
);

// What a direction holds after a step; all its meanings where the weights do not tell them apart.
function labelAt(direction, step) {
  const { labels, since } = data.directions[direction];
  if (!since.length) return labels.join("; then ");
  let place = 0;
  while (place + 1 < since.length && since[place + 1] <= step) place += 1;
  const label = labels[place];
  return LABEL_COUNTS.get(label) > 1 ? `${label} (direction ${direction})` : label;
}

// The step by whose labels what a part writes is called.
function writingStep(part) {
  return part.empties ? part.step - 1 : part.step;
}

function isWrittenBy(direction, step) {
  const { since } = data.directions[direction];
  return !since.length || since[0] <= step;
}

// Whether a part of the step writes to it, or the bias beside its parts does.
function isWrittenAt(direction, step) {
  const parts = [...data.heads, ...data.neurons].filter((part) => part.step === step);
  return (
    parts.some((part) => part.writes.includes(direction)) ||
    data.steps[step].bias.at(0, direction) !== 0
  );
}

function stepName(number) {
  const step = data.steps[number];
  if (step.kind === "embedding") return "embedding";
  const nth = data.steps.slice(0, number + 1).filter((other) => other.kind === step.kind).length;
  return `${step.kind} ${nth}`;
}

// The numbers that a table has room for; the exact ones are read below it.
function short(number) {
  if (!Number.isFinite(number)) return String(number).replace("Infinity", "\u221e");
  const size = Math.abs(number);
  let text;
  if (size === 0) text = "0";
  else if (size >= 1e5 || size < 5e-4)
    text = number.toExponential(size >= 1e5 ? 1 : 0).replace("e+", "e");
  else if (Number.isInteger(number)) text = String(number);
  else text = String(Number(number.toPrecision(3)));
  return minus(text);
}

function exact(number) {
  return minus(
    Number.isFinite(number) ? String(number) : String(number).replace("Infinity", "\u221e"),
  );
}

function minus(text) {
  return text.replace(/-/g, "\u2212");
}

function plural(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
