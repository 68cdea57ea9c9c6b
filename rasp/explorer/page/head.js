// An attention head: what it is for, whom it attends to and why, what it reads and writes.

function showHead(head) {
  return [
    titleLine(`${stepName(head.step)}, head ${head.number}`, head.label),
    ...meaningOf(head.expressions),
    sharedWords(head),
    section(
      "Whom it attends to",
      "Rows are the positions that ask, columns the positions they look at. Each row of the pattern adds up to 1.",
      element("div", { class: "pair" }, selectorGrids(head), patternGrid(head)),
    ),
    section(`What ${positionName(state.position)} gets`, asking(head), example(head)),
    section(
      "Scores before the softmax",
      "Selected keys have one score, all others are so far below it that the softmax gives them exactly 0.",
      scoresGrid(head),
    ),
    valuesSection(head),
    section(
      "The query-key matrix",
      "A score is the sum, over all pairs of a direction at the query and one at the key, of their product times this number. The last row and column belong to the constant 1.",
      scoringGrid(head),
    ),
    section(
      "What it reads and writes",
      "W_V reads from the keys, W_O writes to the query.",
      slotTable(head),
    ),
    section("What it writes, at every position", null, writtenGrid(head)),
  ].flat();
}

function sharedWords(head) {
  if (head.shared < 2) return null;
  return element(
    "p",
    { class: "lead" },
    `${head.shared} heads of this sublayer work on this together: each selects a part of the pairs, and their results are added up.`,
  );
}

function selectorGrids(head) {
  if (!head.selections.length) {
    return figureOf(
      "The selector",
      null,
      element(
        "p",
        { class: "note" },
        "The program text does not tell which selector this head is for.",
      ),
    );
  }
  const places = positions.slice(1);
  return head.selections.map((selection) => {
    const { expression, matrix } = selection;
    const words = element("div", {}, element("code", {}, namedText(expression)));
    if (!matrix) {
      return figureOf(
        "The selector",
        "by the interpreter",
        words,
        element("p", { class: "note" }, "On this input the selector fails."),
      );
    }
    const made = grid({
      caption: "The selector",
      aside: "by the interpreter",
      rows: positionAxis(places),
      columns: keyAxis(places),
      value: (r, c) => Boolean(matrix.at(r, c)),
      scale: "share",
      say: (r, c) =>
        `${positionName(r + 1)} ${matrix.at(r, c) ? "selects" : "does not select"} ${positionName(c + 1)}`,
      axes: "query \u2193   key \u2192",
    });
    made.querySelector("figcaption").after(words);
    return made;
  });
}

function patternGrid(head) {
  const made = grid({
    caption: "The attention pattern",
    aside: "by the model",
    rows: positionAxis(),
    columns: keyAxis(),
    value: (r, c) => head.pattern.at(r, c),
    scale: "share",
    say: (r, c) =>
      `${positionName(r)} attends to ${positionName(c)} with ${exact(head.pattern.at(r, c))}`,
    axes: "query \u2193   key \u2192",
  });
  made
    .querySelector("figcaption")
    .after(element("div", {}, element("code", {}, "softmax(scores)")));
  return made;
}

function scoresGrid(head) {
  return grid({
    caption: "Scores",
    aside: "(residual W_Q + b_Q) (residual W_K + b_K)",
    rows: positionAxis(),
    columns: keyAxis(),
    value: (r, c) => head.scores.at(r, c),
    scale: "signed",
    say: (r, c) => scoreWords(head, r, c),
    axes: "query \u2193   key \u2192",
  });
}

// The score of a pair as the sum that it is, its largest terms first.
function scoreWords(head, query, key) {
  const start = `${positionName(query)} asks ${positionName(key)}: ${exact(head.scores.at(query, key))}`;
  if (data.causal && key > query) return `${start} (later keys are hidden)`;
  const residual = data.steps[head.step - 1].residual;
  const side = (directions, place) => [
    ...directions.map((direction) => residual.at(place, direction)),
    1,
  ];
  const [left, right] = [side(head.queries, query), side(head.keys, key)];
  const terms = [];
  left.forEach((a, r) =>
    right.forEach((b, c) => {
      const product = a * head.scoring.at(r, c) * b;
      if (product) terms.push([product, r, c]);
    }),
  );
  terms.sort((one, other) => Math.abs(other[0]) - Math.abs(one[0]));
  const name = (directions, n) =>
    n < directions.length ? labelAt(directions[n], head.step - 1) : "1";
  const shown = terms
    .slice(0, 6)
    .map(
      ([product, r, c]) =>
        `${short(product)} for ${name(head.queries, r)} \u00d7 ${name(head.keys, c)}`,
    );
  if (terms.length > shown.length) shown.push(`${terms.length - shown.length} more terms`);
  return shown.length ? `${start} = ${shown.join(", ")}` : start;
}

// Tokens by tokens, say, where nothing else has a part in the scores.
function valuesSection(head) {
  const scores = head.by_value;
  if (!scores) return null;
  const alone =
    scores.query_kind === scores.key_kind
      ? `the ${scores.query_kind} of the query and that of the key`
      : `the ${scores.query_kind} of the query and the ${scores.key_kind} of the key`;
  const axis = (names, kind, place) =>
    names.map((name) => ({
      title: name,
      named:
        place > 0 && name === (kind === "token" ? data.token_names[place - 1] : String(place - 1)),
    }));
  return section(
    "Scores on every input",
    `They depend on ${alone}, so that this is the comparison of the program as a matrix: the largest score is where it holds.`,
    grid({
      caption: "Scores by value",
      rows: axis(scores.queries, scores.query_kind, state.position),
      columns: axis(scores.keys, scores.key_kind, state.position),
      value: (r, c) => scores.scores.at(r, c),
      scale: "signed",
      say: (r, c) =>
        `${scores.query_kind} ${scores.queries[r]} asks ${scores.key_kind} ${scores.keys[c]}: ${exact(scores.scores.at(r, c))}`,
      axes: `${scores.query_kind} of the query \u2193   ${scores.key_kind} of the key \u2192`,
    }),
  );
}

function scoringGrid(head) {
  const axis = (directions) => [
    ...directions.map((direction) => ({
      title: labelAt(direction, head.step - 1),
      header: directionButton(direction, head.step - 1),
    })),
    { title: "1" },
  ];
  return grid({
    caption: "W_Q W_K\u1d40",
    aside: "with biases",
    turned: true,
    narrow: true,
    sparse: true,
    rows: axis(head.queries),
    columns: axis(head.keys),
    value: (r, c) => head.scoring.at(r, c),
    scale: "signed",
    say: (r, c) => {
      const name = (directions, n) =>
        n < directions.length ? labelAt(directions[n], head.step - 1) : "1";
      return `${name(head.queries, r)} at the query \u00d7 ${name(head.keys, c)} at the key: ${exact(head.scoring.at(r, c))}`;
    },
    axes: "query direction \u2193   key direction \u2192",
  });
}

const MOST_SLOTS = 6;

function asking(head) {
  const query = state.position;
  const keys = positions.filter((key) => head.pattern.at(query, key) !== 0);
  const names = keys.slice(0, 8).map(positionName).join(", ");
  const rest = keys.length > 8 ? ` and ${keys.length - 8} more` : "";
  const others = keys.length < N_POSITIONS ? "; every other key gets exactly 0" : "";
  const start =
    query && keys.includes(0)
      ? " BOS stands in front of every input; it has the attention that no selected key takes."
      : "";
  return `It attends to ${names}${rest}${others}.${start} What it gets is the sum of attention times value.`;
}

// attention times value, added up key by key: the arithmetic of one query.
function example(head) {
  const query = state.position;
  const keys = positions.filter((key) => head.pattern.at(query, key) !== 0);
  const slots = Array.from({ length: head.z.columns }, (_, slot) => slot);
  const busy = slots.filter(
    (slot) => head.z.at(query, slot) !== 0 || keys.some((key) => head.values.at(key, slot) !== 0),
  );
  const shown = busy.slice(0, MOST_SLOTS);
  const target = (slot) => head.writes.filter((_, n) => head.W_O.at(slot, n) !== 0);
  const columns = [
    { title: "score" },
    { title: "attention" },
    ...shown.map((slot) => ({
      title:
        target(slot)
          .map((direction) => labelAt(direction, head.step))
          .join(", ") || `slot ${slot}`,
    })),
  ];
  const value = (r, c) => {
    if (r === keys.length) return c < 2 ? (c ? 1 : null) : head.z.at(query, shown[c - 2]);
    if (c === 0) return head.scores.at(query, keys[r]);
    return c === 1 ? head.pattern.at(query, keys[r]) : head.values.at(keys[r], shown[c - 2]);
  };
  const made = grid({
    caption: `The query ${positionName(query)}`,
    aside: "keys with attention, and the values they carry",
    rows: [
      ...keys.map((key) => ({ title: tokenAt(key) })),
      { title: "sum of attention \u00d7 value", total: true },
    ],
    columns,
    value,
    scale: "plain",
    narrow: true,
    wrapped: true,
    say: (r, c) =>
      `${r < keys.length ? positionName(keys[r]) : "sum"}, ${columns[c].title}: ${cellText(value(r, c))}`,
  });
  const left = busy.length - shown.length;
  const quiet = slots.length - busy.length;
  const words = [];
  if (left) words.push(`${plural(left, "more value")} can be seen below.`);
  if (quiet)
    words.push(
      `${plural(quiet, "further value")} ${quiet === 1 ? "is" : "are"} 0 at all of these keys.`,
    );
  return words.length ? [made, element("p", { class: "note" }, words.join(" "))] : made;
}

function slotTable(head) {
  const slots = Array.from({ length: head.z.columns }, (_, slot) => slot);
  if (!slots.length) return element("p", { class: "note" }, "It writes nothing.");
  return longTable(
    ["value at the key", "is written to"],
    slots.map((slot) => () => {
      const column = head.reads.map((_, n) => head.W_V.at(n, slot));
      const row = head.writes.map((_, n) => head.W_O.at(slot, n));
      return [
        formula(column, head.reads, head.b_V.at(0, slot), head.step - 1),
        head.writes.flatMap((direction, n) =>
          row[n]
            ? [
                row[n] === 1 ? "" : `${short(row[n])} \u00d7 `,
                directionButton(direction, head.step),
                " ",
              ]
            : [],
        ),
      ];
    }),
    { class: "formulas" },
  );
}

function writtenGrid(head) {
  return partGrid("Written", "the sum of attention \u00d7 value, times W_O", head);
}

// rows: the directions that a part writes to; columns: positions.
function partGrid(caption, aside, part) {
  return grid({
    caption,
    aside,
    rows: part.writes.map((direction) => ({
      title: labelAt(direction, writingStep(part)),
      header: directionButton(direction, writingStep(part)),
    })),
    columns: positionAxis(),
    value: (r, c) => part.written.at(c, r),
    scale: "signed",
    say: (r, c) =>
      `${labelAt(part.writes[r], writingStep(part))}, ${positionName(c)}: ${exact(part.written.at(c, r))}`,
  });
}
