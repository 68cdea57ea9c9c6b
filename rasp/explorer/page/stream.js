// The residual stream: all directions after a step, one direction over all steps, the output.

function showStep(number) {
  const step = data.steps[number];
  const parts = [...data.heads, ...data.neurons].filter((part) => part.step === number);
  const words =
    number === 0
      ? "The rows of the embedding for the tokens, and of the positions, added up."
      : `After ${stepName(number)}. Directions that it writes to are in bold; what it does not change is grey.`;
  const children = [
    titleLine(number ? `After ${stepName(number)}` : "The embedding", "the residual stream"),
    element("p", { class: "lead" }, words),
  ];
  if (parts.length) {
    children.push(
      element(
        "p",
        { class: "lead" },
        "Its parts: ",
        parts.flatMap((part, n) => [
          n ? ", " : "",
          rowButton(rowOf(part), `${partName(rows[rowOf(part)])} ${part.label}`),
        ]),
      ),
    );
  }
  children.push(streamGrid(number));
  const biases = step.bias
    .row(0)
    .map((bias, direction) => [bias, direction])
    .filter(([bias]) => bias);
  if (biases.length) {
    children.push(
      section(
        "Beside its parts",
        "The bias of this sublayer adds to every position:",
        element(
          "p",
          { class: "code" },
          formula(
            biases.map(([bias]) => bias),
            biases.map(([, direction]) => direction),
            0,
            number,
          ),
        ),
      ),
    );
  }
  return children;
}

const MOST_DIRECTIONS = 120;

function streamGrid(number) {
  const residual = data.steps[number].residual;
  const before = number ? data.steps[number - 1].residual : null;
  const writes = new Set(
    data.directions
      .map((_, direction) => direction)
      .filter((direction) => number && isWrittenAt(direction, number)),
  );
  const written = data.directions
    .map((_, direction) => direction)
    .filter((direction) => isWrittenBy(direction, number));
  const ordered = number
    ? [...written.filter((d) => writes.has(d)), ...written.filter((d) => !writes.has(d))]
    : written;
  const shown = ordered.slice(0, MOST_DIRECTIONS);
  const empty = data.directions.length - written.length;
  const made = grid({
    caption: "The residual stream",
    aside: `${plural(written.length, "direction")} in use${empty ? `, ${empty} still empty` : ""}`,
    rows: shown.map((direction) => ({
      title: labelAt(direction, number),
      header: directionButton(direction, number),
      written: writes.has(direction),
    })),
    columns: positionAxis(),
    value: (r, c) => residual.at(c, shown[r]),
    scale: "signed",
    same: (r, c) => before !== null && before.at(c, shown[r]) === residual.at(c, shown[r]),
    say: (r, c) => {
      const now = residual.at(c, shown[r]);
      const was = before ? before.at(c, shown[r]) : now;
      return `${labelAt(shown[r], number)}, ${positionName(c)}: ${exact(now)}${was === now ? "" : `, before it ${exact(was)}`}`;
    },
  });
  if (shown.length === ordered.length) return made;
  return [
    made,
    element(
      "p",
      { class: "note" },
      `These are ${shown.length} of ${ordered.length}. The others can be chosen here: `,
      directionChooser(ordered.slice(MOST_DIRECTIONS), number),
    ),
  ];
}

function directionChooser(directions, step) {
  const chooser = element(
    "select",
    {
      "aria-label": "a direction",
      onchange: () => {
        if (chooser.selectedIndex) choose({ direction: directions[chooser.selectedIndex - 1] });
      },
    },
    element("option", {}, "choose a direction"),
    directions.map((direction) => element("option", {}, labelAt(direction, step))),
  );
  return chooser;
}

function showDirection(direction) {
  const { labels, since } = data.directions[direction];
  const rowsOf = data.steps.map((_, number) => ({
    title: number ? `after ${stepName(number)}` : "embedding",
    written: isWrittenAt(direction, number),
    header: stepButton(number),
    here: rows[state.row].step === number,
  }));
  const value = (r, c) => data.steps[r].residual.at(c, direction);
  return [
    titleLine(`Direction ${direction}`, labels.join(", then ")),
    element(
      "p",
      { class: "lead" },
      element(
        "button",
        { type: "button", class: "more", id: "leave-direction", onclick: leaveDirection },
        `back to ${partName(rows[state.row])}`,
      ),
    ),
    section(
      "What it holds",
      null,
      labels.length > 1 && since.length
        ? element(
            "ol",
            {},
            labels.map((label, n) =>
              element(
                "li",
                {},
                element("code", {}, label),
                ` from ${stepName(since[n])} ${n + 1 < since.length ? `to ${stepName(since[n + 1])}` : "on"}`,
              ),
            ),
          )
        : element("p", { class: "code" }, labels.join(", then ")),
    ),
    section(
      "Its values",
      "After every sublayer, at every position; bold where the sublayer writes to it.",
      grid({
        caption: `Direction ${direction}`,
        rows: rowsOf,
        columns: positionAxis(),
        value,
        scale: "signed",
        same: (r, c) => r > 0 && value(r, c) === value(r - 1, c),
        say: (r, c) => `${rowsOf[r].title}, ${positionName(c)}: ${exact(value(r, c))}`,
      }),
    ),
    section("Who writes it", null, usersTable(direction, "writes")),
    section("Who reads it", null, usersTable(direction, "reads")),
  ];
}

function stepButton(number) {
  const place = rows.findIndex((row) => row.kind === "step" && row.step === number);
  return rowButton(place, number ? `after ${stepName(number)}` : "embedding");
}

function usersTable(direction, how) {
  const users = rows.filter((row) => row.part && usesOf(row.part, direction, how).length);
  const lines = users.map((row) => () => [
    rowButton(rows.indexOf(row), `${stepName(row.step)}, ${partName(row)}`),
    element("code", {}, row.part.label),
    usesOf(row.part, direction, how).join(", "),
  ]);
  if (how === "writes") {
    data.steps.forEach((step, number) => {
      const bias = step.bias.at(0, direction);
      if (bias) lines.push(() => [stepButton(number), "", `its bias, ${short(bias)}`]);
    });
  }
  if (how === "reads" && data.output.reads.includes(direction)) {
    lines.push(() => [rowButton(rows.length - 1, "the answer"), "", "unembedding"]);
  }
  if (
    how === "writes" &&
    isWrittenBy(direction, 0) &&
    positions.some((place) => data.steps[0].residual.at(place, direction))
  ) {
    lines.unshift(() => [rowButton(0, "embedding"), "", ""]);
  }
  if (!lines.length)
    return element("p", { class: "note" }, how === "writes" ? "Nobody on this input." : "Nobody.");
  return longTable(["part", "label", "as"], lines, { class: "formulas" });
}

function usesOf(part, direction, how) {
  if (how === "writes") return part.writes.includes(direction) ? ["output"] : [];
  if (!part.queries) return part.reads.includes(direction) ? ["input"] : [];
  const uses = [
    ["query", part.queries],
    ["key", part.keys],
    ["value", part.reads],
  ];
  return uses.filter(([, directions]) => directions.includes(direction)).map(([name]) => name);
}

// -- the output

const READOUTS = {
  categorical:
    "Every value has a column; the answer at a position is the value whose number is the largest there.",
  numeric: "One number says the answer: the possible value whose place is nearest to it.",
  grid: "One number is the answer, rounded to the multiples that are possible.",
  fraction: "One number is the answer: the nearest fraction whose denominator is possible.",
};

// The values that the number at the chosen position is nearest to.
function candidateSection() {
  const { candidates, numbers } = data.output;
  if (!candidates.length) return null;
  const place = state.position || 1;
  const number = numbers.at(place, 0);
  const near = candidates[place - 1];
  const distances = near.map((candidate) => Math.abs(candidate.number - number));
  const best = distances.indexOf(Math.min(...distances));
  return section(
    `How ${exact(number)} becomes a value`,
    `These are the values that are possible at ${positionName(place)}, or those of them that are nearest.`,
    grid({
      caption: "Nearest values",
      rows: near.map((candidate, n) => ({
        title: candidate.value,
        written: n === best,
        here: n === best,
      })),
      columns: [{ title: "its number" }, { title: "distance" }],
      narrow: true,
      wrapped: true,
      scale: "plain",
      value: (r, c) => (c ? distances[r] : near[r].number),
    }),
  );
}

function showOutput() {
  const { output } = data;
  const last = data.steps.length - 1;
  const isFailure = (n) => n >= output.columns.length - output.failures;
  const columns = output.columns.map((name, n) => ({
    title: isFailure(n) ? `fails: ${name}` : name,
    here: false,
  }));
  return [
    titleLine("The answer", data.name),
    ...meaningOf(data.root),
    element(
      "p",
      { class: "lead" },
      READOUTS[output.kind],
      output.failures
        ? " A column above \u00bd that begins with \u201cfails\u201d says that the program fails at this position, and why."
        : "",
    ),
    section(
      "What the model puts out",
      null,
      grid({
        caption: "Unembedding",
        rows: columns,
        columns: positionAxis(),
        value: (r, c) => output.numbers.at(c, r),
        scale: "signed",
        say: (r, c) =>
          `${columns[r].title}, ${positionName(c)}: ${exact(output.numbers.at(c, r))}${c && data.model_answer.values.length ? `; the answer is ${data.model_answer.values[c - 1]}` : ""}`,
      }),
    ),
    candidateSection(),
    section(
      "Where the numbers come from",
      "Each column is a sum of directions of the residual stream.",
      longTable(
        ["column", "is"],
        output.columns.map((_, n) => () => [
          element("code", {}, columns[n].title),
          formula(
            output.reads.map((__, r) => output.W_U.at(r, n)),
            output.reads,
            output.b_U.at(0, n),
            last,
          ),
        ]),
        { class: "formulas" },
      ),
    ),
  ];
}
