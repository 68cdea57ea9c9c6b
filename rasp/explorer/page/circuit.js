// Variables and edges: where an s-op of the program lives, and which part reads it from which.

function wireName(wire) {
  return `${wire.writer} \u2192 ${wire.reader}`;
}

function wireButton(number) {
  return element(
    "button",
    { type: "button", class: "direction", onclick: () => choose({ wire: number }) },
    wireName(data.wires[number]),
  );
}

function variableButton(number) {
  return element(
    "button",
    {
      type: "button",
      "data-variable": number,
      "aria-pressed": "false",
      onclick: () => choose({ variable: number }),
    },
    data.variables[number].name,
  );
}

// The names of a program, and the edges of the model, beside the program text.
function circuitLists() {
  const parts = [];
  if (data.variables.length) {
    parts.push(
      element("h3", {}, "Variables"),
      element("p", { class: "note" }, "Choose one to see where it lives in the residual stream."),
      element(
        "ul",
        { class: "chips", id: "variables" },
        data.variables.map((_, number) => element("li", {}, variableButton(number))),
      ),
    );
  }
  if (data.elsewhere.length) {
    parts.push(
      element(
        "details",
        { id: "elsewhere" },
        element("summary", {}, `${plural(data.elsewhere.length, "name")} without a place of its own`),
        element(
          "ul",
          { class: "reasons" },
          data.elsewhere.map(({ name, why }) =>
            element("li", {}, element("code", {}, name), `: ${why}`),
          ),
        ),
      ),
    );
  }
  if (data.wires.length) {
    parts.push(
      element(
        "details",
        { id: "wires" },
        element("summary", {}, `Circuit: ${plural(data.wires.length, "edge")}`),
        wiresTable(data.wires.map((_, number) => number)),
      ),
    );
  }
  return parts;
}

// Edges as a table; those that only tell where the input begins are dimmer.
function wiresTable(numbers) {
  return longTable(
    ["edge", "variable", "witness"],
    numbers.map((number) => () => {
      const wire = data.wires[number];
      return [wireButton(number), element("code", {}, wire.variable), wire.verdict];
    }),
    { class: "wires" },
    60,
  );
}

function backButton() {
  return element(
    "p",
    { class: "lead" },
    element(
      "button",
      { type: "button", class: "more", id: "leave-circuit", onclick: leaveDirection },
      `back to ${partName(rows[state.row])}`,
    ),
  );
}

function showVariable(number) {
  const variable = data.variables[number];
  const wires = data.wires
    .map((_, place) => place)
    .filter((place) =>
      data.wires[place].directions.some((direction) =>
        variable.held.some((held) => held.direction === direction && isOf(data.wires[place], variable)),
      ),
    );
  const others = variable.carriers.filter((name) => name !== variable.name);
  return [
    titleLine("Variable", variable.name),
    backButton(),
    meaningOf(variable.expressions),
    section(
      "Where it lives",
      others.length
        ? `It is made of ${others.join(", ")} and nothing else is, so these directions stand for it.`
        : "The directions of the residual stream that hold it, and since when.",
      longTable(
        ["direction", "holds", "from", "until"],
        variable.held.map((held) => () => [
          directionButton(held.direction, held.since),
          element("code", {}, held.label),
          stepName(held.since),
          held.until ? stepName(held.until) : "the end",
        ]),
        { class: "wires" },
      ),
    ),
    section(
      "Its values in the stream",
      "After each sublayer in which it is there, at every position.",
      ...variable.held.slice(0, 12).map((held) => heldGrid(held)),
    ),
    section("Who reads it from whom", null, wiresTable(wires)),
  ];
}

// Does an edge carry what the variable is held as?
function isOf(wire, variable) {
  return wire.variable === variable.name || variable.carriers.includes(wire.variable);
}

function heldGrid(held) {
  const steps = data.steps
    .map((_, step) => step)
    .filter((step) => step >= held.since && (!held.until || step < held.until));
  const axis = steps.map((step) => ({
    title: step ? `after ${stepName(step)}` : "embedding",
    written: step === held.since,
    header: stepButton(step),
    here: rows[state.row].step === step,
  }));
  const value = (r, c) => data.steps[steps[r]].residual.at(c, held.direction);
  return grid({
    caption: `Direction ${held.direction}: ${held.label}`,
    rows: axis,
    columns: positionAxis(),
    value,
    scale: "signed",
    same: (r, c) => r > 0 && value(r, c) === value(r - 1, c),
    say: (r, c) => `${axis[r].title}, ${positionName(c)}: ${exact(value(r, c))}`,
  });
}

const CARRIES = {
  tokens: "It can differ between two inputs of one length.",
  positions: "It is the same for all inputs of one length: index and length decide it.",
  BOS: "It only says where the input begins.",
};

const ROLES = {
  cancels: "The dimension is used again: this content and what empties it cancel each other.",
  empties: "This empties a dimension that is used again: it cancels what was there.",
};

function showWire(number) {
  const wire = data.wires[number];
  const place = (key) => rows.findIndex((row) => row.key === key);
  const variable = data.variables.findIndex((entry) => isOf(wire, entry));
  return [
    titleLine("Edge", wireName(wire)),
    backButton(),
    element(
      "p",
      { class: "lead" },
      rowButton(place(wire.start), wire.writer),
      " writes, ",
      rowButton(place(wire.end), wire.reader),
      " reads ",
      variable < 0
        ? element("code", {}, wire.variable)
        : element(
            "button",
            { type: "button", class: "direction", onclick: () => choose({ variable }) },
            wire.variable,
          ),
      `. ${CARRIES[wire.carries]} ${ROLES[wire.role] || ""}`,
    ),
    section(
      "Along these directions",
      null,
      longTable(
        ["direction"],
        wire.directions.map((direction) => () => [
          directionButton(direction, Math.max(0, rows[place(wire.end)].step - 1)),
        ]),
        { class: "wires" },
      ),
    ),
    section("Witness", null, ...witnessOf(wire)),
  ];
}

function witnessOf(wire) {
  if (!wire.witness) return [element("p", {}, `${wire.verdict}.`)];
  const { base, source, places, before, after } = wire.witness;
  const cells = (texts, marked = () => false) =>
    texts.length === base.length
      ? texts.map((text, n) => element("td", { class: classes({ here: marked(n) }) }, text))
      : element("td", { class: "said", colspan: base.length }, texts.join(" "));
  const line = (words, texts, marked) =>
    element("tr", {}, element("th", { scope: "row" }, words), cells(texts, marked));
  const differ = (n) => before[n] !== after[n];
  return [
    element(
      "p",
      {},
      "The model runs on the base, and what comes along this edge is as it is on the source; all else stays.",
    ),
    element(
      "div",
      { class: "scroll" },
      element(
        "table",
        { class: "values", id: "witness" },
        element(
          "tbody",
          {},
          line("base", base),
          line("source", source),
          places
            ? line("from position", places.slice(1).map((p) => (p ? String(p - 1) : "BOS")))
            : null,
          line("answer before", before),
          line("answer after", after, differ),
        ),
      ),
    ),
    element("p", { class: "verdict" }, `${wire.verdict}.`),
  ];
}

// The chosen variable among the names, and the rows of the parts that pass it on.
function markCircuit() {
  document.querySelectorAll("#variables button").forEach((button, number) => {
    button.setAttribute("aria-pressed", String(number === state.variable));
  });
  const keys = new Set();
  if (state.wire !== null) {
    keys.add(data.wires[state.wire].start).add(data.wires[state.wire].end);
  } else if (state.variable !== null) {
    data.wires
      .filter((wire) => isOf(wire, data.variables[state.variable]))
      .forEach((wire) => keys.add(wire.start).add(wire.end));
  }
  document.querySelectorAll("#map tr[data-row-number]").forEach((line) => {
    line.classList.toggle("carrying", keys.has(rows[Number(line.dataset.rowNumber)].key));
  });
}
