// The program with what is chosen marked in it, both accounts, and the words around.

function titleLine(name, label) {
  return element(
    "div",
    { class: "head-line" },
    element(
      "h2",
      { id: "detail-title" },
      name,
      label ? ": " : "",
      label ? element("code", {}, label) : null,
    ),
  );
}

function namedText(expression) {
  const alike = !expression.name || expression.name === expression.text;
  return alike ? expression.text : `${expression.name} = ${expression.text}`;
}

// What in the program a part is for, with its place and the line it is written in.
function meaningOf(expressions) {
  if (!expressions.length) return [];
  const shown = expressions.slice(0, 3);
  const parts = shown.flatMap((expression) => [
    element(
      "p",
      { class: "lead" },
      element("code", {}, namedText(expression)),
      expression.place ? element("span", { class: "where" }, `   ${expression.place}`) : null,
    ),
    expression.place
      ? element(
          "div",
          { class: "excerpt" },
          element("span", { class: "gutter" }, String(expression.line)),
          expression.excerpt.trim(),
        )
      : null,
    expression.values.length ? valuesTable(expression) : null,
  ]);
  if (expressions.length > shown.length) {
    parts.push(
      element(
        "p",
        { class: "note" },
        `and ${plural(expressions.length - shown.length, "more place")} with this label`,
      ),
    );
  }
  return parts;
}

function valuesTable(expression) {
  const cells = expression.values.map((text, n) =>
    element(
      "td",
      {
        class: classes({ here: n + 1 === state.position }),
        title: `${positionName(n + 1)}: ${text}`,
      },
      text,
    ),
  );
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      { class: "values" },
      element(
        "tbody",
        {},
        element("tr", {}, element("th", { scope: "row" }, "by the interpreter"), cells),
      ),
    ),
  );
}

// The expressions to be marked: those of what is chosen.
function chosenExpressions() {
  if (state.variable !== null) return data.variables[state.variable].expressions;
  const row = rows[state.row];
  if (row.kind === "output") return data.root;
  if (!row.part)
    return data.heads
      .concat(data.neurons)
      .filter((part) => part.step === row.step)
      .flatMap((part) => part.expressions);
  return [
    ...row.part.expressions,
    ...(row.part.selections || []).map((selection) => selection.expression),
  ];
}

function drawProgram() {
  const panel = document.getElementById("program");
  const verdict = data.agree
    ? element(
        "p",
        { class: "verdict good" },
        data.model_answer.error
          ? "The model and the program both fail on this input."
          : "\u2713 The model gives what the interpreter gives, at every position.",
      )
    : element(
        "p",
        { class: "verdict bad" },
        "\u2717 The model does not give what the interpreter gives.",
      );
  panel.replaceChildren(
    element(
      "h2",
      { class: "panel-title", id: "program-title" },
      data.source_name ? `The program: ${data.source_name}` : "The program",
    ),
    data.source
      ? element("div", {
          class: "source",
          id: "source",
          tabindex: "0",
          role: "region",
          "aria-label": "program text",
        })
      : element(
          "p",
          { class: "note" },
          "There is no program text with this model; it computes ",
          element("code", {}, data.root[0].text),
          ".",
        ),
    element("h3", {}, "Model and interpreter"),
    verdict,
    ...circuitLists(),
    element("h3", {}, "Two accounts of its size"),
    accountTable(),
    data.account.reasons.length
      ? element(
          "ul",
          { class: "reasons" },
          data.account.reasons.map((reason) => element("li", {}, reason)),
        )
      : "",
    element("h3", {}, "The model"),
    factsTable(),
  );
}

function accountTable() {
  const [heading, ...names] = ["", "by the theory", "compiled"];
  return element(
    "table",
    { class: "account", id: "account" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td", {}, heading),
        names.map((name) => element("th", { scope: "col" }, name)),
      ),
    ),
    element(
      "tbody",
      {},
      data.account.rows.map(([what, ...cells]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, what),
          cells.map((cell) => element("td", {}, cell)),
        ),
      ),
    ),
  );
}

function factsTable() {
  const certificate = data.account.certified
    ? "exact for every input it takes"
    : "not certified for every input";
  return element(
    "table",
    { class: "account" },
    element(
      "tbody",
      {},
      [...data.account.facts, ["certificate", certificate]].map(([what, text]) =>
        element("tr", {}, element("th", { scope: "row" }, what), element("td", {}, text)),
      ),
    ),
  );
}

function markProgram() {
  const box = document.getElementById("source");
  if (!box) return;
  const marks = chosenExpressions()
    .filter((expression) => expression.start !== null)
    .map(({ start, end }) => [start, Math.max(end, start + 1)]);
  let offset = 0;
  let nearest = null;
  const lines = characters(data.source.replace(/\n$/, "")).map((line, n) => {
    const here = marks.filter(([start, end]) => start < offset + line.length + 1 && end > offset);
    const made = element(
      "div",
      { class: classes({ "text-line": true, near: here.length }) },
      element("span", { class: "gutter" }, String(n + 1)),
      element("span", { class: "words" }, markedLine(line, offset, here)),
    );
    if (here.length && !nearest) nearest = made;
    offset += line.length + 1;
    return made;
  });
  box.replaceChildren(...lines);
  if (nearest)
    box.scrollTop = Math.max(0, nearest.offsetTop - box.offsetTop - box.clientHeight / 3);
}

// Lines as arrays of characters: places count characters, and some take two units of a string.
function characters(text) {
  return text.split("\n").map((line) => Array.from(line));
}

function markedLine(line, offset, marks) {
  const inside = (n) => marks.some(([start, end]) => offset + n >= start && offset + n < end);
  const parts = [];
  for (let start = 0; start < line.length;) {
    let end = start + 1;
    while (end < line.length && inside(end) === inside(start)) end += 1;
    const text = line.slice(start, end).join("");
    parts.push(inside(start) ? element("mark", {}, text) : text);
    start = end;
  }
  return parts;
}

function drawFailures() {
  const box = document.getElementById("failures");
  const messages = [
    ["The program fails on this input.", data.program_answer.error],
    ["The model reports it.", data.model_answer.error],
  ];
  messages
    .filter(([, message]) => message)
    .forEach(([words, message]) => {
      box.append(
        element(
          "div",
          { class: "failure" },
          element("strong", {}, words),
          element("pre", {}, message),
        ),
      );
    });
}
