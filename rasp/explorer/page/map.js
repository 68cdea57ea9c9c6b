// The table of the model: positions along the top, sublayers with their parts below one another.

// Every row that can be chosen, in order of time.
const rows = [];
data.steps.forEach((step, number) => {
  rows.push({ kind: "step", step: number, key: `s${number}` });
  data.heads.forEach((head, n) => {
    if (head.step === number) rows.push({ kind: "head", step: number, part: head, key: `h${n}` });
  });
  data.neurons.forEach((group, n) => {
    if (group.step === number)
      rows.push({ kind: "neurons", step: number, part: group, key: `n${n}` });
  });
});
rows.push({ kind: "output", step: data.steps.length - 1, key: "out" });

function rowOf(part) {
  return rows.findIndex((row) => row.part === part);
}

function partName(row) {
  if (row.kind === "head") return `head ${row.part.number}`;
  if (row.kind === "neurons") return plural(row.part.end - row.part.first, "neuron");
  return row.kind === "output" ? "answer" : stepName(row.step);
}

// How wide a column of positions and the column of names are, in pixels.  Where the table has more
// positions than fit beside what is chosen, both get narrower, and numbers shorter.
const fit = { cell: 0, label: 0 };
const NARROWEST = 30; // four characters
const CHARACTER = 6.4; // of the narrow columns' font, in pixels

// Of tokens and answers; without those that are numbers, which can be shown in fewer characters.
function longestText(withNumbers) {
  const answers = answerTexts().filter((text) => withNumbers || !Number.isFinite(Number(text)));
  return Math.max(3, ...[...data.tokens, ...answers].map((text) => text.length));
}

// Whether anything has changed.
function fitMap() {
  const room = document.getElementById("map-table").clientWidth;
  const before = `${fit.cell} ${fit.label}`;
  fit.cell = Math.min(110, Math.max(N_POSITIONS > 9 ? 40 : 46, 8 * longestText(true) + 14));
  fit.label = labelWidth(N_POSITIONS > 9 ? 180 : 230);
  if (fit.label + N_POSITIONS * fit.cell > room) {
    fit.label = labelWidth(room < 450 ? 104 : 146);
    const narrow = Math.max(NARROWEST, Math.min(60, Math.ceil(CHARACTER * longestText(false)) + 4));
    const even = Math.floor((room - fit.label) / N_POSITIONS);
    fit.cell = Math.min(fit.cell, Math.max(narrow, even));
  }
  return before !== `${fit.cell} ${fit.label}`;
}

function isNarrow() {
  return fit.cell < 40;
}

function labelWidth(most) {
  const lengths = rows.map(
    (row) => partName(row).length + (row.part && !row.part.empties ? row.part.label.length : 0),
  );
  return Math.min(most, 8 * Math.max(16, ...lengths) + 34);
}

function answerTexts() {
  return [...data.model_answer.values, ...data.program_answer.values].map(inFew);
}

const LINES_HEIGHT = 34;

function drawMap() {
  const width = fit.cell;
  document.documentElement.style.setProperty("--cell", `${width}px`);
  document.documentElement.style.setProperty("--label", `${fit.label}px`);
  const head = element(
    "tr",
    {},
    element("th", { scope: "col", class: "row-name corner" }, "position"),
  );
  positions.forEach((place) => {
    head.append(
      element(
        "th",
        { scope: "col", class: "position", "data-position": place },
        element(
          "button",
          {
            type: "button",
            tabindex: "-1",
            title: positionName(place),
            onclick: () => choose({ position: place }),
          },
          tokenAt(place),
          element("small", {}, place ? String(place - 1) : "start"),
        ),
      ),
    );
  });
  const body = element("tbody");
  rows.forEach((row, number) => body.append(mapRow(row, number, width)));
  body.append(oracleRow());
  const table = element(
    "table",
    {
      class: classes({ map: true, narrow: isNarrow() }),
      "aria-label": "The model: rows are its parts in order, columns are positions",
    },
    element("thead", {}, head),
    body,
  );
  document.getElementById("map-table").replaceChildren(table);
}

function mapRow(row, number, width) {
  const kind = { step: "step", output: "answer" }[row.kind] || "part";
  const label = row.part ? row.part.label : "";
  const button = element(
    "button",
    {
      type: "button",
      "data-row": row.key,
      title: label || partName(row),
      onclick: () => choose({ row: number }),
    },
    element("span", { class: "what" }, partName(row)),
    label ? element("span", { class: "label" }, label) : null,
  );
  const line = element(
    "tr",
    { class: kind, "data-row-number": number },
    element("th", { scope: "row", class: "row-name" }, button),
  );
  if (row.kind === "step" && data.steps[row.step].kind === "attention") {
    line.append(element("td", { class: "lines", colspan: N_POSITIONS, "data-width": width }));
    return line;
  }
  positions.forEach((place) => {
    const { text, title, nothing, fails } = cellOfMap(row, place);
    line.append(
      element(
        "td",
        {
          class: classes({ value: true, nothing, fails }),
          title,
          "data-position": place,
          "aria-label": typeof text === "string" ? null : title,
          onclick: () => choose({ row: number, position: place }),
        },
        text,
      ),
    );
  });
  return line;
}

function cellOfMap(row, place) {
  if (row.kind === "step") {
    if (row.step) return { text: "", title: `${stepName(row.step)}, ${positionName(place)}` };
    return { text: `#${data.ids[place]}`, title: `token id ${data.ids[place]}`, nothing: true };
  }
  if (row.kind === "output") return answerCell(data.model_answer, place);
  return summary(row.part, place);
}

function answerCell(answer, place) {
  if (place === 0) return { text: "", title: "" };
  if (answer.error) {
    const here = answer.position === place - 1;
    return { text: here ? "fails" : "", title: here ? answer.error : "", fails: here };
  }
  const text = answer.values[place - 1];
  return { text: isLongNumber(text) ? shorter(Number(text), true) : text, title: text };
}

// A number with many digits, in few; anything else as it is.
function inFew(text) {
  return isLongNumber(text) ? short(Number(text)) : text;
}

function isLongNumber(text) {
  return text.length > 3 && /^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(text);
}

// What a part writes at a position, as briefly as it can be said.
function summary(part, place) {
  const numbers = part.written.row(place);
  const names = part.writes.map((direction) => labelAt(direction, writingStep(part)));
  const there = numbers
    .map((number, n) => [number, n])
    .filter(([number]) => Math.abs(number) > 1e-6);
  const title = there.length
    ? there
        .slice(0, 12)
        .map(([number, n]) => `${names[n]}: ${exact(number)}`)
        .join("\n")
    : "writes nothing here";
  if (!there.length && numbers.length !== 1) return { text: "\u00b7", title, nothing: true };
  if (numbers.length === 1) return { text: shorter(numbers[0]), title, nothing: !numbers[0] };
  const prefix = commonPrefix(names);
  if (prefix && there.length === 1 && Math.abs(there[0][0] - 1) < 1e-3) {
    return { text: names[there[0][1]].slice(prefix.length), title };
  }
  if (!prefix && numbers.length <= 6 && isCode(part))
    return { text: numbers.map((number) => Math.round(number)).join(""), title };
  return { text: bars(numbers), title };
}

// Are all numbers that it writes 0 or 1?
function isCode(part) {
  return part.written.numbers.every(
    (number) => Math.abs(number) < 1e-3 || Math.abs(number - 1) < 1e-3,
  );
}

// With as many characters as there is room for, at most five; those of answers are larger.
function shorter(number, isAnswer = false) {
  const character = isNarrow() ? CHARACTER : CHARACTER * (isAnswer ? 1.36 : 1.17);
  const most = Math.min(isAnswer ? 12 : 5, Math.floor((fit.cell - 4) / character));
  const candidates = [short(number)];
  if (Math.abs(number) < 1e5) {
    const [two, one] = [2, 1].map((digits) => short(Number(number.toPrecision(digits))));
    candidates.push(two, two.replace(/^(\u2212?)0\./, "$1."), one);
  }
  if (Math.abs(number) < 0.005) candidates.push("\u22480");
  return candidates.find((text) => text.length <= most) || candidates.at(-1);
}

// Several numbers as bars, up for positive and down for negative ones.
function bars(numbers) {
  const size = { wide: 5, high: 9, gap: 1 };
  const shown = numbers.slice(0, Math.floor((fit.cell - 4) / (size.wide + size.gap)));
  const largest = Math.max(...shown.map(Math.abs)) || 1;
  const picture = drawn("svg", {
    class: "bars",
    width: shown.length * (size.wide + size.gap),
    height: 2 * size.high + 1,
    "aria-hidden": "true",
  });
  shown.forEach((number, n) => {
    const tall = number ? Math.max(1.5, (Math.abs(number) / largest) * size.high) : 1;
    const top = number > 0 ? size.high - tall : size.high;
    picture.append(
      drawn("rect", {
        x: n * (size.wide + size.gap),
        y: top,
        width: size.wide,
        height: tall,
        class: number ? (number < 0 ? "down" : "up") : "none",
      }),
    );
  });
  return picture;
}

// "place == " where every name is "place == something".
function commonPrefix(names) {
  const end = names[0].indexOf(" == ");
  if (end < 0) return "";
  const prefix = names[0].slice(0, end + 4);
  return names.every((name) => name.startsWith(prefix)) ? prefix : "";
}

function oracleRow() {
  const line = element(
    "tr",
    { class: "oracle" },
    element("th", { scope: "row", class: "row-name" }, "the interpreter"),
  );
  positions.forEach((place) => {
    const { text, title, fails } = answerCell(data.program_answer, place);
    line.append(
      element(
        "td",
        { class: classes({ value: true, fails }), title, "data-position": place },
        text,
      ),
    );
  });
  return line;
}

// From the keys that a query attends to, down to the query; the chosen position's lines stand out.
function drawLines(cell, step) {
  const width = Number(cell.dataset.width);
  const centre = (place) => (place + 0.5) * width;
  const picture = drawn("svg", {
    width: width * N_POSITIONS,
    height: LINES_HEIGHT,
    "aria-hidden": "true",
  });
  const mine = [];
  data.heads
    .filter((head) => head.step === step)
    .forEach((head) => {
      positions.forEach((query) =>
        positions.forEach((key) => {
          const weight = head.pattern.at(query, key);
          const isMine = query === state.position;
          if (!(weight > 0.02) || (!isMine && N_POSITIONS > 24)) return;
          const [from, to, bend] = [centre(key), centre(query), LINES_HEIGHT / 2];
          const path = drawn("path", {
            d: `M${from} 1 C${from} ${bend} ${to} ${bend} ${to} ${LINES_HEIGHT - 1}`,
            class: isMine ? "mine" : "other",
          });
          if (isMine) {
            path.style.strokeWidth = String(1 + 3.5 * weight);
            path.style.opacity = String(0.35 + 0.65 * weight);
            mine.push(path);
          } else {
            picture.append(path);
          }
        }),
      );
    });
  picture.append(...mine);
  cell.replaceChildren(picture);
}

function markMap() {
  document.querySelectorAll("#map tr[data-row-number]").forEach((line) => {
    const chosen = Number(line.dataset.rowNumber) === state.row && state.direction === null;
    line.classList.toggle("chosen", chosen);
    const button = line.querySelector("button");
    button.tabIndex = Number(line.dataset.rowNumber) === state.row ? 0 : -1;
    if (chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const lines = line.querySelector(".lines");
    if (lines) drawLines(lines, rows[Number(line.dataset.rowNumber)].step);
  });
  document.querySelectorAll("#map [data-position]").forEach((cell) => {
    cell.classList.toggle("here", Number(cell.dataset.position) === state.position);
  });
}
